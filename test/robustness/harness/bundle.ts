/** Programs for child processes, bundled from the sources, so that no case attacks a stale build. */
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { afterAll } from "vitest";
import { manifest, privateNames, root, subpaths } from "../../../scripts/folders.mjs";

// Under the root, where what stays an import is found.
const folder = join(root, ".tmp", "robustness", String(process.pid));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = [...subpaths, ...privateNames(["node", "default"])];
const alias = Object.fromEntries(names.map(({ name, source }) => [name, join(root, "src", source)]));
const external = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });

const programs = new Map<string, Promise<string>>();

/** A program in TypeScript as one file that Node can run. It is made once: it may run already when it is asked for again. */
export function bundled(entry: URL): Promise<string> {
  let program = programs.get(entry.pathname);
  if (program === undefined) {
    program = bundle(entry);
    programs.set(entry.pathname, program);
  }
  return program;
}

async function bundle(entry: URL): Promise<string> {
  const outfile = join(folder, `${basename(entry.pathname, ".ts")}.mjs`);
  await build({
    entryPoints: [entry.pathname],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    alias,
    external,
    logLevel: "error",
  });
  return outfile;
}
