import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { privateNames, root, subpaths } from "../../scripts/folders.mjs";
import type { Fence } from "./fences.ts";

/** What a process wrote, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process gets beside its arguments. */
export interface Given {
  /** What it reads. */
  readonly input?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs Node and waits for its end. */
export async function runNode(args: readonly string[], cwd: string, { input, env }: Given = {}): Promise<Outcome> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  child.stdin.end(input);
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (written[name] += text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...written };
}

/** Checks the types of all programs at once; gives a line per mistake, with its place in the documentation. */
export async function checkTypes(fences: readonly Fence[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const byFile = new Map(fences.map((fence) => [`${basename(fence.page, ".md")}-${fence.line}.ts`, fence]));
  for (const [name, { code }] of byFile) await writeFile(join(folder, name), `${code}export {};\n`);
  const options = { rootDir: root, noUnusedLocals: false, noUnusedParameters: false, paths: pathsOf() };
  const config = {
    extends: join(root, "tsconfig.test.json"),
    compilerOptions: options,
    include: ["*.ts"],
    exclude: [],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { code, stdout, stderr } = await runNode([tsc, "-p", folder, "--pretty", "false"], folder);
  const mistakes: string[] = [];
  let inFence = false;
  for (const line of stdout.split("\n")) {
    const [, file = "", at, message] = /^([^(]+)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
    const fence = byFile.get(basename(file));
    // Mistakes in the sources are those of another check; a line that is indented explains the one before it.
    if (fence !== undefined) mistakes.push(`${fence.page}:${fence.line + Number(at) - 1} ${message}`);
    else if (inFence && line.startsWith(" ")) mistakes.push(line);
    if (!line.startsWith(" ")) inFence = fence !== undefined;
  }
  if (code !== 0 && !stdout.includes("error TS")) throw new Error(`tsc ended with ${code}: ${stdout}${stderr}`);
  return mistakes;
}

function pathsOf(): Record<string, string[]> {
  return Object.fromEntries(subpaths.map(({ name, source }) => [name, [join(root, "src", source)]]));
}

/** Names of this package stand for its sources, so that a program never runs on a stale build. */
export const sources: Plugin = {
  name: "sources",
  setup(pass) {
    pass.onResolve({ filter: /^#/ }, ({ path }) => {
      const found = privateNames(["node", "default"]).find(({ name }) => name === path);
      return found === undefined ? undefined : { path: join(root, "src", found.source) };
    });
    pass.onResolve({ filter: /^mcplex(\/|$)/ }, ({ path }) => {
      const found = subpaths.find(({ name }) => name === path);
      if (found === undefined) return { errors: [{ text: `There is no ${path}` }] };
      return { path: join(root, "src", found.source) };
    });
  },
};

/** Writes the JavaScript of a program to where the programs of its page run, and gives its path. */
export async function writeProgram(fence: Fence, folder: string): Promise<string> {
  const outfile = join(folder, fence.name ?? `${basename(fence.page, ".md")}-${fence.line}.js`);
  await build({
    stdin: { contents: fence.code, loader: "ts", resolveDir: folder, sourcefile: `${fence.page}:${fence.line}` },
    outfile,
    bundle: true,
    packages: "external",
    plugins: [sources],
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "silent",
  });
  return outfile;
}
