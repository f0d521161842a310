// How many milliseconds an import takes: `node import.mjs <name>`. The name is resolved from where this file is.
const start = performance.now();
await import(process.argv[2]);
console.log(performance.now() - start);
