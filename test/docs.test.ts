import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../scripts/folders.mjs";
import { type Fence, fencesOf, readFences } from "./docs/fences.ts";
import { checkTypes, runNode, writeProgram } from "./docs/programs.ts";

const fences = fencesOf(root);
const pages = [...new Set(fences.map(({ page }) => page))];
/** Inside the checkout, so that the programs find the installed packages. */
const temporary = join(root, ".tmp", `docs-${process.pid}`);
const folderOf = (page: string): string => join(temporary, "run", basename(page, ".md"));

beforeAll(async () => {
  for (const page of pages) await mkdir(folderOf(page), { recursive: true });
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

describe("the programs in the documentation", () => {
  it("have no mistake in their types", { timeout: 60_000 }, async () => {
    expect(await checkTypes(fences, join(temporary, "check"))).toEqual([]);
  });

  // In order of their page: a program may start one that stands before it.
  const used = fences.filter(({ run, name }) => run || name !== undefined);
  it.each(used.map((fence) => [`${fence.page}:${fence.line}`, fence] as const))(
    "%s does what it says",
    { timeout: 30_000 },
    (_, fence) => run(fence),
  );
});

async function run(fence: Fence): Promise<void> {
  const program = await writeProgram(fence, folderOf(fence.page));
  if (!fence.run) return;
  const { code, stdout, stderr } = await runNode([program], dirname(program));
  const place = `${fence.page}:${fence.line}`;
  expect(code, `${place} ended with exit code ${code}:\n${stderr}${stdout}`).toBe(0);
  if (fence.output !== undefined) expect(stdout, `${place} printed something else`).toBe(fence.output);
}

describe("a fence", () => {
  const page = (info: string): string => ["text", `\`\`\`${info}`, "let a = 1;", "```", "text", ""].join("\n");

  it("is read with its line, and what becomes of it", () => {
    const plain = { page: "x.md", line: 3, code: "let a = 1;\n", run: false, name: undefined, output: undefined };
    expect(readFences("x.md", page("ts"))).toEqual([plain]);
    expect(readFences("x.md", page("ts run"))).toEqual([{ ...plain, run: true }]);
    expect(readFences("x.md", page("ts run a.js"))).toEqual([{ ...plain, run: true, name: "a.js" }]);
    expect(readFences("x.md", page("ts a.js"))).toEqual([{ ...plain, name: "a.js" }]);
    expect(readFences("x.md", page("sh"))).toEqual([]);
    const output = "```text output\n1\n```\n";
    expect(readFences("x.md", page("ts run") + output)).toEqual([{ ...plain, run: true, output: "1\n" }]);
  });

  it("is refused when nobody knows what becomes of it", () => {
    expect(() => readFences("x.md", page("ts runs"))).toThrow('x.md:2 The info string "ts runs"');
    expect(() => readFences("x.md", "```ts\nlet a = 1;\n")).toThrow("x.md:1 This fence is never closed");
  });

  it("is told with page and line when its types are wrong, or it fails", { timeout: 60_000 }, async () => {
    const [wrong] = readFences("x.md", "\n```ts\nconst a = 1;\nconst b: string = a;\n```\n") as [Fence];
    const mistakes = await checkTypes([wrong], join(temporary, "wrong"));
    expect(mistakes).toEqual(["x.md:4 error TS2322: Type 'number' is not assignable to type 'string'."]);
    const [failing] = readFences("README.md", '\n```ts run\nthrow new Error("no");\n```\n') as [Fence];
    await expect(run(failing)).rejects.toThrow("README.md:3 ended with exit code 1");
  });
});
