// Runs an example against the built package, on every supported Node:
//
//   npm run example -- <story> [arguments]
//
// Its files are compiled one by one into a folder of their own, and `client.js` runs there: so `node server.js` is the
// server beside it. `mcplex/…` and other packages stay imports, so it gets what a user gets.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
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

/** Runs the client of a story, and ends as it ends. */
async function runExample(story, rest) {
  if (!stories.includes(story)) {
    console.error(`Usage: npm run example -- <story> [arguments]\nThe stories: ${stories.join(", ")}`);
    return 2;
  }
  await buildIfNeeded();
  const out = join(root, ".tmp", `example-${process.pid}`);
  try {
    await compileExamples([story], out);
    // Ctrl-C in a terminal reaches the child as well, which has what is to be ended.
    process.on("SIGINT", () => {});
    const child = spawn(process.execPath, ["client.js", ...rest], { cwd: join(out, story), stdio: "inherit" });
    process.on("SIGTERM", () => child.kill());
    const [code] = await once(child, "close");
    return code ?? 1;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const [story, ...rest] = process.argv.slice(2);
  process.exitCode = await runExample(story, rest);
}
