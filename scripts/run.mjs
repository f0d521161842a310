// Runs a TypeScript program against the built package, on every supported Node:
//
//   node scripts/run.mjs examples/handbook/demo.ts [arguments]
//
// The program is bundled into .tmp. Nothing is written to stdout, which may belong to a protocol.
import { rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { stop } from "esbuild";
import { buildIfNeeded } from "./build.mjs";
import { bundle } from "./bundle.mjs";
import { root } from "./folders.mjs";

const [program, ...rest] = process.argv.slice(2);
if (program === undefined) {
  console.error("Usage: node scripts/run.mjs <program.ts> [arguments]");
  process.exit(2);
}

await buildIfNeeded();
const entry = resolve(program);
const outfile = join(root, ".tmp", "run", `${relative(root, entry).replace(/\.ts$/, "")}-${process.pid}.mjs`);
await bundle(entry, outfile);
await stop();
process.on("exit", () => rmSync(outfile, { force: true }));
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], entry, ...rest];
await import(pathToFileURL(outfile).href);
