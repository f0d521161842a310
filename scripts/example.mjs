// Runs an example against the built package, on every supported Node:
//
//   npm run example -- <story> [arguments]
//
// Its files are compiled one by one into a folder of their own, and `client.js` runs there: so `node server.js` is the
// server beside it. `mcplex/…` and other packages stay imports, so it gets what a user gets.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, stop } from "esbuild";
import { buildIfNeeded } from "./build.mjs";
import { root } from "./folders.mjs";

const examples = join(root, "examples");

/** The folders of `examples` that have a client to run. */
export const stories = readdirSync(examples).filter((name) => existsSync(join(examples, name, "client.ts")));

/** A file of an example that imports another one finds it beside itself. */
const fileByFile = {
  name: "file-by-file",
  setup(pass) {
    pass.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) =>
      resolveDir.startsWith(examples) ? { path: path.replace(/\.ts$/, ".js"), external: true } : undefined,
    );
  },
};

/** Compiles the files of some stories into `out`, a folder for each; `plugins` may say what `mcplex/…` stands for. */
export async function compileExamples(names, out, plugins = []) {
  const files = names.flatMap((name) => readdirSync(join(examples, name)).map((file) => join(examples, name, file)));
  await build({
    entryPoints: files.filter((file) => file.endsWith(".ts")),
    outdir: out,
    outbase: examples,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    packages: "external",
    plugins: [fileByFile, ...plugins],
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "warning",
  });
}

async function runExample(story, rest) {
  if (!stories.includes(story)) {
    console.error(`Usage: npm run example -- <story> [arguments]; the stories are ${stories.join(", ")}`);
    process.exit(2);
  }
  await buildIfNeeded();
  const out = join(root, ".tmp", `example-${process.pid}`);
  process.on("exit", () => rmSync(out, { recursive: true, force: true }));
  await compileExamples([story], out);
  await stop();
  const client = join(out, story, "client.js");
  process.chdir(join(out, story));
  process.argv = [process.argv[0], client, ...rest];
  await import(pathToFileURL(client).href);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const [story, ...rest] = process.argv.slice(2);
  await runExample(story, rest);
}
