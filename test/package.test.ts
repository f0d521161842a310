import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifest, root } from "../scripts/folders.mjs";
import { packInto } from "../scripts/pack.mjs";
import { importProblems, loadedBy, modulesOf, needlessFiles } from "./package/inspect.ts";

const run = promisify(execFile);

/** Writes files, given as path to text, into a folder. */
async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "mcplex-package-")));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the packed package, installed", () => {
  let project: string;
  beforeAll(async () => {
    const tarball = await packInto(folder);
    project = join(folder, "project");
    await write(project, { "package.json": '{ "private": true, "type": "module" }' });
    const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball];
    await run("npm", args, { cwd: project, shell: process.platform === "win32" });
  }, 120_000);

  it("holds neither sources nor tests nor source maps", async () => {
    expect(await needlessFiles(project, "mcplex")).toEqual([]);
  });

  it("loads by every subpath, and each error class exists once", async () => {
    expect(await importProblems(project, await modulesOf(project, "mcplex"))).toEqual([]);
  });

  it("has types for every subpath", async () => {
    const manifest = JSON.parse(await readFile(join(project, "node_modules/mcplex/package.json"), "utf8"));
    for (const [key, value] of Object.entries<{ types: string }>(manifest.exports)) {
      if (key === "./package.json") continue;
      const text = await readFile(join(project, "node_modules/mcplex", value.types), "utf8");
      expect(text, key).not.toMatch(/from "[^"]*\.ts"/);
    }
  });

  it.each(["mcplex", "mcplex/server", "mcplex/client"])("%s loads at most six files, all its own", async (module) => {
    const loaded = await loadedBy(project, module);
    expect(loaded.filter((file) => !file.startsWith("mcplex/dist/"))).toEqual([]);
    expect(loaded.length).toBeGreaterThan(0);
    expect(loaded.length, loaded.join(" ")).toBeLessThanOrEqual(6);
  });
});

it("every dependency has its reason in docs/dependencies.md", async () => {
  const text = await readFile(join(root, "docs/dependencies.md"), "utf8");
  const named = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  const depended = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies });
  expect(named.toSorted()).toEqual(depended.toSorted());
});

describe("a broken package is found out", () => {
  const files = {
    "package.json": JSON.stringify({
      name: "broken",
      type: "module",
      exports: { "./a": "./dist/a.js", "./b": "./dist/b.js", "./c": "./dist/c.js", "./package.json": "./package.json" },
    }),
    "dist/a.js": 'import "./deep.js";\nimport "other";\nimport "node:fs";\nexport class LocalError extends Error {}\n',
    "dist/a.js.map": "{}",
    "dist/a.test.js": "",
    "dist/b.js": 'export class LocalError extends Error {}\nexport { RangeError } from "./deep.js";\n',
    "dist/deep.js": "const Same = RangeError;\nexport { Same as RangeError };\n",
    "src/a.ts": "",
  };
  let project: string;
  beforeAll(async () => {
    project = join(folder, "broken-project");
    await write(join(project, "node_modules/broken"), files);
    await write(join(project, "node_modules/other"), { "package.json": '{ "name": "other" }', "index.js": "" });
  });

  it("by what it holds", async () => {
    expect(await needlessFiles(project, "broken")).toEqual(["dist/a.js.map", "dist/a.test.js", "src/a.ts"]);
  });

  it("by what it exports", async () => {
    expect(await importProblems(project, await modulesOf(project, "broken"))).toEqual([
      "LocalError of broken/a and of broken/b are two classes",
      expect.stringContaining("broken/c does not load: Cannot find module"),
    ]);
  });

  it("by what it loads", async () => {
    const loaded = await loadedBy(project, "broken/a");
    expect(loaded.toSorted()).toEqual(["broken/dist/a.js", "broken/dist/deep.js", "node:fs", "other/index.js"]);
  });
});
