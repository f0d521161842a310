import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../scripts/folders.mjs";
import { type Fence, readFences } from "./docs/fences.ts";
import { missingErrors, missingFiles, missingLinks, wrongLimits } from "./docs/facts.ts";
import { documents } from "./docs/pages.ts";
import { checkTypes, runNode, writeProgram } from "./docs/programs.ts";

const fences = documents.flatMap(({ page, markdown }) => readFences(page, markdown));
const pages = documents.map(({ page }) => page);
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
  it.each(used.map((fence) => [placeOf(fence), fence] as const))(
    "%s does what it says",
    { timeout: 30_000 },
    async (_, fence) => expect(await run(fence)).toEqual(promised(fence)),
  );
});

const placeOf = ({ page, line }: Fence): string => `${page}:${line}`;

/** What becomes of a program; where it promises nothing of what it prints, that is left out. */
async function run(fence: Fence): Promise<ReturnType<typeof promised>> {
  const program = await writeProgram(fence, folderOf(fence.page));
  if (!fence.run) return promised(fence);
  const { code, stdout, stderr } = await runNode([program], dirname(program));
  const failure = code === 0 ? "" : stderr;
  return { place: placeOf(fence), code, failure, output: fence.output === undefined ? undefined : stdout };
}

function promised(fence: Fence) {
  return { place: placeOf(fence), code: 0 as number | null, failure: "", output: fence.output };
}

describe("the facts in the documentation", () => {
  it("are links that lead somewhere", () => expect(missingLinks()).toEqual([]));
  it("are the limits as they stand", () => expect(wrongLimits()).toEqual([]));
  it("are all errors that there are", () => expect(missingErrors()).toEqual([]));
  it("are files that there are", () => expect(missingFiles()).toEqual([]));
});

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
    expect(await run(failing)).toMatchObject({
      place: "README.md:3",
      code: 1,
      failure: expect.stringContaining("Error: no"),
    });
  });
});
