/** Programs for the tests to start: fixtures bundled from their sources, so that no test runs a stale build. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll } from "vitest";
import { privateNames, root, subpaths } from "../../scripts/folders.mjs";

const folder = mkdtempSync(join(tmpdir(), "mcplex-stdio-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const children = fileURLToPath(new URL("./children/", import.meta.url));
const names = [...subpaths, ...privateNames(["node", "default"])];
const alias = Object.fromEntries(names.map(({ name, source }) => [name, join(root, "src", source)]));
const bundles = new Map<string, Promise<string>>();

/** The path of a fixture of `children/`, as one file that Node can run. */
export function program(name: string): Promise<string> {
  return bundled(join(children, `${name}.ts`));
}

/** The path of any program in TypeScript, as one file that Node can run. */
export function bundled(entry: string): Promise<string> {
  let bundle = bundles.get(entry);
  if (bundle === undefined) {
    bundle = bundleOf(entry);
    bundles.set(entry, bundle);
  }
  return bundle;
}

async function bundleOf(entry: string): Promise<string> {
  const outfile = join(folder, `${basename(entry, ".ts")}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    alias,
    define: { "import.meta.dirname": JSON.stringify(dirname(entry)) },
    // CommonJS dependencies ask for modules of Node by `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return outfile;
}

/** A path in the temporary folder of this test file. */
export function temporary(name: string): string {
  return join(folder, name);
}

/** Whether a process runs; one that has ended and was not yet fetched by its parent does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = `/proc/${pid}/stat`;
  if (!existsSync(state)) return process.platform !== "linux";
  return !readFileSync(state, "utf8").includes(") Z ");
}

/** Resolves when none of the processes runs: nobody tells of the end of what is no child of ours. */
export async function gone(...pids: readonly number[]): Promise<void> {
  while (pids.some(runs)) await pause(10);
}
