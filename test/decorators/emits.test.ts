import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/folders.mjs";
import { prompt, resource, tool } from "../../src/decorators/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { runNode, sources } from "../docs/programs.ts";
import { cases } from "./suite.ts";

const suite = join(root, "test", "decorators", "suite.ts");
/** Inside the checkout, so that the programs find the installed packages. */
const temporary = join(root, ".tmp", `decorators-${process.pid}`);
const titles = Object.keys(cases);

beforeAll(() => mkdir(temporary, { recursive: true }));
afterAll(() => rm(temporary, { recursive: true, force: true }));

describe("decorators in the emit of Vitest", () => {
  it.each(titles)("%s", (title) => cases[title]?.());
});

/** Each compiler writes the suite as JavaScript; `sign` is what its emit of a decorator looks like. */
const compilers: readonly { name: string; sign: string; compile: () => Promise<string> }[] = [
  { name: "TypeScript, target es2022", sign: "__esDecorate(", compile: () => compileByTypeScript("es2022") },
  { name: "TypeScript, target es2025", sign: "__esDecorate(", compile: () => compileByTypeScript("es2025") },
  { name: "esbuild, target es2022", sign: "__decorateElement(", compile: () => compileByEsbuild("es2022") },
  { name: "esbuild, target node20", sign: "__decorateElement(", compile: () => compileByEsbuild("node20") },
];

describe.each(compilers)("decorators in the emit of $name", ({ sign, compile }) => {
  let outcomes: Record<string, string>;

  beforeAll(async () => {
    const compiled = await compile();
    const text = await readFile(compiled, "utf8");
    expect(text).toContain(sign);
    expect(text).not.toContain("@tool(");
    outcomes = await runCases(compiled);
  }, 60_000);

  it.each(titles)("%s", (title) => expect(outcomes[title]).toBe("held"));
});

async function compileByTypeScript(target: string): Promise<string> {
  const folder = join(temporary, `typescript-${target}`);
  await mkdir(folder);
  const compilerOptions = { target, module: "esnext", noCheck: true, noResolve: true, types: [], outDir: "." };
  const config = { compilerOptions: { ...compilerOptions, rootDir: join(suite, "..") }, files: [suite] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { code, stdout } = await runNode([tsc, "-p", folder, "--pretty", "false"], folder);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  return join(folder, "suite.js");
}

async function compileByEsbuild(target: string): Promise<string> {
  const outfile = join(temporary, `esbuild-${target}`, "suite.js");
  await build({ entryPoints: [suite], outfile, target, format: "esm" });
  return outfile;
}

const bundled: BuildOptions = {
  bundle: true,
  packages: "external",
  plugins: [sources],
  format: "esm",
  platform: "node",
  logLevel: "silent",
};

/** Runs the cases of a compiled suite in a process of their own; tells of each that it held, or why it did not. */
async function runCases(compiled: string): Promise<Record<string, string>> {
  const runner = `
    import { cases } from "./suite.js";
    const outcomes = {};
    for (const [title, run] of Object.entries(cases)) {
      outcomes[title] = await Promise.resolve().then(run).then(() => "held", (error) => error.stack);
    }
    console.log(JSON.stringify(outcomes));`;
  const outfile = compiled.replace(/suite\.js$/, "runner.mjs");
  // What is compiled is joined with the sources of the package, and left as it is: this target knows decorators.
  await build({ ...bundled, stdin: { contents: runner, resolveDir: join(compiled, "..") }, outfile, target: "esnext" });
  const { stdout, stderr } = await runNode([outfile], temporary);
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, string>;
}

describe("a compiler that does it otherwise", () => {
  it("by the rules of experimentalDecorators is refused", async () => {
    const contents = `
      import { tool } from "mcplex/decorators";
      class Old { @tool({}) method() { return "x"; } }`;
    const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
    const outfile = join(temporary, "old.mjs");
    const stdin = { contents, loader: "ts" as const, resolveDir: temporary };
    await build({ ...bundled, stdin, tsconfigRaw, outfile, target: "es2022" });
    const { code, stderr } = await runNode([outfile], temporary);
    expect(code).toBe(1);
    expect(stderr).toContain('@tool is a standard decorator: switch "experimentalDecorators" off');
  });

  it.each([tool(), prompt(), resource("a:b")])("and gives no metadata is refused", (decorator) => {
    const context = { kind: "method", name: "one", static: false, private: false, metadata: undefined };
    const decorate = () => decorator((() => "x") as never, context as never);
    expect(decorate).toThrow(DefinitionError);
    expect(decorate).toThrow("no metadata: use TypeScript 5.2 or later, or a recent esbuild");
  });
});
