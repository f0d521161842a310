import { mkdir, readFile, rm } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildIfNeeded } from "../scripts/build.mjs";
import { compileExamples, stories } from "../scripts/example.mjs";
import { root } from "../scripts/folders.mjs";
import { readFences } from "./docs/fences.ts";
import { pageOf } from "./docs/pages.ts";
import { runNode, sources } from "./docs/programs.ts";
import { type Surroundings, surroundings } from "./examples/surroundings.ts";

/** In the checkout, so that the examples find the installed packages. */
const compiled = join(root, ".tmp", `examples-${process.pid}`);
const textOf = (...path: string[]): Promise<string> => readFile(join(root, "examples", ...path), "utf8");

beforeAll(async () => {
  await mkdir(compiled, { recursive: true });
  await compileExamples(stories, compiled, [sources]);
});
afterAll(() => rm(compiled, { recursive: true, force: true }));

describe("an example", () => {
  it.concurrent.each(stories)("%s prints what it says", { timeout: 60_000 }, async (story) => {
    const around: Surroundings = (await surroundings[story]?.()) ?? { args: [] };
    try {
      const { code, stdout, stderr } = await runNode(["client.js", ...around.args], join(compiled, story), around);
      const said = stderr.replace(/^mcplex: \S+ listens on http:\/\/127\.0\.0\.1:\d+\/mcp\n/gm, "");
      expect({ code, stderr: said, stdout }).toEqual({
        code: 0,
        stderr: "",
        stdout: await textOf(story, "expected.txt"),
      });
    } finally {
      await around.close?.();
    }
  });

  it("that has a client is in the list, and all others too", async () => {
    const listed = [...(await textOf("README.md")).matchAll(/^\| \[`?([\w-]+)`?\]\(\1\) \|/gm)].map(([, name]) => name);
    const folders = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(listed.sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  it("imports nothing but what a user has", async () => {
    const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith(".ts"))) {
      const found = (await textOf(file)).matchAll(/\b(?:from|import|import\() ?"([^"]+)"/g);
      const imports = [...found].map(([, name = ""]) => name);
      const others = imports.filter((name) => !/^(node:|mcplex$|mcplex\/|(?:zod|ws|oidc-provider)$|\.\/)/.test(name));
      expect(others, file).toEqual([]);
    }
  });

  it.each(stories)("%s says on top what it shows, and how to run it", async (story) => {
    const [comment = ""] = /^(\/\/.*\n)+/.exec(await textOf(story, "client.ts")) ?? [];
    expect(comment).toContain(story === "first" ? "node client.js" : `npm run example -- ${story}`);
  });
});

describe("npm run example", { timeout: 60_000 }, () => {
  beforeAll(() => buildIfNeeded(), 120_000);
  const run = (...args: string[]) => runNode(["scripts/example.mjs", ...args], root);

  it("runs a story against the built package", async () => {
    expect(await run("memory")).toEqual({ code: 0, stdout: await textOf("memory", "expected.txt"), stderr: "" });
  });

  it("passes arguments on, and ends as the story does", async () => {
    const { code, stderr } = await run("chat", "--model", "m");
    expect({ code, stderr: stderr.slice(0, 17) }).toEqual({ code: 2, stderr: "Usage: chat --url" });
  });

  it.each([[[]], [["nothing"]]])("with %j says which stories there are", async (args) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    for (const story of stories) expect(stderr).toContain(story);
  });
});

describe("README.md", () => {
  it.each(["server", "client"])("shows the very text of the first %s", async (side) => {
    const fence = readFences("README.md", pageOf("README.md")).find(({ name }) => name === `${side}.js`);
    expect(fence?.code).toBe(await textOf("first", `${side}.ts`));
  });
});
