import { appendFile, chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Folder } from "../examples/handbook/folder.ts";
import { announceChanges, createHandbook, type SearchOutput } from "../examples/handbook/handbook.ts";
import { Client } from "../src/client/index.ts";
import type { Resource, Revision } from "../src/index.ts";
import { serve } from "../src/server/index.ts";
import { memory } from "../src/transports/index.ts";
import { buildIfNeeded } from "../scripts/build.mjs";
import { root as project } from "../scripts/folders.mjs";
import { type Outcome, runNode } from "./docs/programs.ts";

const PAGES: Record<string, string> = {
  "alpha.md": "# Alpha page\n\nApples and pears.\n",
  "beta.md": "No heading here, but apples.\n",
  "guides/first steps.md": "# First steps\n\nPears 100% ripe.\n## Apples, pears\n",
  "notes.txt": "# apples that are not Markdown\n",
  ".hidden.md": "# apples that are hidden\n",
  "node_modules/x.md": "# apples of somebody else\n",
};

let root: string;
let ends: (() => unknown)[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "handbook-test-"));
  ends = [];
  for (const [path, text] of Object.entries(PAGES)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), text);
  }
});

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  await rm(root, { recursive: true, force: true });
});

async function connect(revision: Revision): Promise<Client> {
  const folder = await Folder.open(root);
  const handbook = createHandbook(folder);
  ends.push(await announceChanges(handbook, folder));
  const [here, there] = memory();
  serve(handbook, there);
  const client = await Client.connect(here, { revisions: [revision] });
  ends.push(() => client.close());
  return client;
}

async function resourcesOf(client: Client): Promise<Resource[]> {
  const resources: Resource[] = [];
  for await (const resource of client.resources()) resources.push(resource);
  return resources;
}

describe.each(["2026-07-28", "2025-11-25"] as const)("the handbook in %s", (revision) => {
  it("lists the pages of the folder, and nothing else", async () => {
    const resources = await resourcesOf(await connect(revision));
    expect(resources.map(({ uri, name, title, size }) => ({ uri, name, title, size }))).toEqual([
      { uri: "handbook://alpha.md", name: "alpha.md", title: "Alpha page", size: 32 },
      { uri: "handbook://beta.md", name: "beta.md", title: "beta", size: 29 },
      {
        uri: "handbook://guides/first%20steps.md",
        name: "guides/first steps.md",
        title: "First steps",
        size: 49,
      },
    ]);
    for (const { mimeType, annotations } of resources) {
      expect(mimeType).toBe("text/markdown");
      expect(Date.parse(annotations?.lastModified ?? "")).toBeGreaterThan(0);
    }
  });

  it("lists what the folder holds now, page after page", async () => {
    const client = await connect(revision);
    const added = Array.from({ length: 250 }, (_, index) => `more/${String(index).padStart(3, "0")}.md`);
    await mkdir(join(root, "more"));
    for (const path of added) await writeFile(join(root, path), "");
    await rm(join(root, "beta.md"));
    const names = (await resourcesOf(client)).map(({ name }) => name);
    expect(names).toEqual(["alpha.md", "guides/first steps.md", ...added]);
  });

  it("reads every resource that it lists", async () => {
    const client = await connect(revision);
    for (const { uri, name } of await resourcesOf(client)) {
      const { contents } = await client.readResource(uri);
      expect(contents).toEqual([{ uri, mimeType: "text/markdown", text: PAGES[name] }]);
    }
  });

  it.each([
    "handbook://../secret.md",
    "handbook://guides/../../secret.md",
    "handbook://guides/%2e%2e/%2e%2e/secret.md",
    "handbook:///etc/passwd.md",
    "handbook://guides%5c..%5c..%5csecret.md",
    "handbook://notes.txt",
    "handbook://.hidden.md",
    "handbook://guides",
    "handbook://none.md",
    "handbook://alpha.md%00",
    "handbook://link.md",
    "handbook://linked/secret.md",
    "handbook://folder.md",
  ])("refuses %s", async (uri) => {
    const outside = await mkdtemp(join(tmpdir(), "handbook-outside-"));
    ends.push(() => rm(outside, { recursive: true, force: true }));
    await writeFile(join(outside, "secret.md"), "# Secret");
    await symlink(join(outside, "secret.md"), join(root, "link.md"));
    await symlink(outside, join(root, "linked"));
    await mkdir(join(root, "folder.md"));
    const client = await connect(revision);
    await expect(client.readResource(uri)).rejects.toMatchObject({ name: "ResourceNotFoundError" });
    const names = (await resourcesOf(client)).map(({ name }) => name);
    expect(names).toEqual(["alpha.md", "beta.md", "guides/first steps.md"]);
  });

  it("completes a path, what begins so first", async () => {
    const client = await connect(revision);
    const template = { type: "ref/resource", uri: "handbook://{+path}" } as const;
    const complete = (value: string) => client.complete({ ref: template, argument: { name: "path", value } });
    expect(await complete("")).toMatchObject({ values: ["alpha.md", "beta.md", "guides/first steps.md"] });
    await writeFile(join(root, "g-alpha.md"), "");
    expect(await complete("G")).toMatchObject({ values: ["g-alpha.md", "guides/first steps.md"] });
    expect(await complete("al")).toMatchObject({ values: ["alpha.md", "g-alpha.md"] });
    expect(await complete("zz")).toMatchObject({ values: [], total: 0 });
    const prompt = { type: "ref/prompt", name: "summarise" } as const;
    const completion = await client.complete({ ref: prompt, argument: { name: "path", value: "be" } });
    expect(completion.values).toEqual(["beta.md"]);
  });

  it("searches with progress for each page", async () => {
    const client = await connect(revision);
    for await (const tool of client.tools()) expect(tool.outputSchema).toBeDefined();
    const heard: unknown[] = [];
    const output = await client.call("search", { query: "PEARS apples" }, { onProgress: (told) => heard.push(told) });
    expect(output).toEqual({
      matches: [
        {
          path: "guides/first steps.md",
          uri: "handbook://guides/first%20steps.md",
          line: 4,
          excerpt: "## Apples, pears",
        },
        { path: "alpha.md", uri: "handbook://alpha.md", line: 3, excerpt: "Apples and pears." },
      ],
      total: 2,
      searched: 3,
      unreadable: [],
    });
    expect(heard).toEqual([
      { progress: 0, total: 3, message: "alpha.md" },
      { progress: 1, total: 3, message: "beta.md" },
      { progress: 2, total: 3, message: "guides/first steps.md" },
    ]);
    const one = (await client.call("search", { query: "apples", limit: 1 })) as SearchOutput;
    expect(one.matches).toHaveLength(1);
    expect(one.total).toBe(3);
    await expect(client.call("search", { query: "" })).rejects.toMatchObject({ name: "ToolError" });
    await expect(client.call("search", { query: "x", extra: 1 })).rejects.toMatchObject({ name: "ToolError" });
  });

  it("gives the prompt with the page in it", async () => {
    const client = await connect(revision);
    const { messages } = await client.getPrompt("summarise", { path: "alpha.md" });
    expect(messages.map(({ content }) => content.type)).toEqual(["text", "resource"]);
    expect(messages[1]?.content).toMatchObject({
      resource: { uri: "handbook://alpha.md", mimeType: "text/markdown", text: PAGES["alpha.md"] },
    });
    const missing = client.getPrompt("summarise", { path: "none.md" });
    await expect(missing).rejects.toMatchObject({ code: -32602, message: "There is no page none.md" });
    await expect(client.getPrompt("summarise")).rejects.toMatchObject({ code: -32602 });
  });

  it("says of an unreadable page why it is one, everywhere", async () => {
    await writeFile(join(root, "large.md"), Buffer.alloc(1024 * 1024 + 1, "a"));
    const why = "The page large.md is larger than 1048576 bytes";
    const client = await connect(revision);
    expect((await resourcesOf(client)).map(({ name }) => name)).toContain("large.md");
    await expect(client.readResource("handbook://large.md")).rejects.toMatchObject({ code: -32603, message: why });
    await expect(client.getPrompt("summarise", { path: "large.md" })).rejects.toMatchObject({ message: why });
    const output = (await client.call("search", { query: "apples" })) as SearchOutput;
    expect(output).toMatchObject({ searched: 3, unreadable: [why] });
  });

  it("says that a page may not be read", async () => {
    await chmod(root, 0o755);
    await chmod(join(root, "beta.md"), 0);
    const client = await connect(revision);
    expect((await resourcesOf(client)).map(({ name }) => name)).toContain("beta.md");
    const message = "The page beta.md cannot be read (EACCES)";
    await asNobody(async () => {
      await expect(client.readResource("handbook://beta.md")).rejects.toMatchObject({ code: -32603, message });
    });
  });

  it("tells of the page that changed, also in a folder that came later", async () => {
    const client = await connect(revision);
    const uris = ["handbook://alpha.md", "handbook://late/page.md"];
    const changes = await client.listen({ resourceSubscriptions: uris });
    const told = changes[Symbol.asyncIterator]();
    await appendFile(join(root, "beta.md"), "Nobody asked.\n");
    await appendFile(join(root, "alpha.md"), "More.\n");
    expect(await told.next()).toEqual({ done: false, value: { type: "resource", uri: uris[0] } });
    await mkdir(join(root, "late"));
    await writeFile(join(root, "late/page.md"), "# Late\n");
    await appendUntilTold(join(root, "late/page.md"), told.next(), { type: "resource", uri: uris[1] });
  });

  it("tells that the list changed when a page comes or goes", async () => {
    const client = await connect(revision);
    const changes = await client.listen({ resourcesListChanged: true });
    const told = changes[Symbol.asyncIterator]();
    await writeFile(join(root, "new.md"), "# New\n");
    expect(await told.next()).toEqual({ done: false, value: { type: "resources" } });
    expect((await resourcesOf(client)).map(({ name }) => name)).toContain("new.md");
    await rm(join(root, "alpha.md"));
    expect(await told.next()).toEqual({ done: false, value: { type: "resources" } });
    expect((await resourcesOf(client)).map(({ name }) => name)).not.toContain("alpha.md");
  });
});

/** The watch of a new folder begins at a moment that nobody tells, so the page is written to until it has begun. */
async function appendUntilTold(path: string, told: Promise<IteratorResult<unknown>>, change: unknown): Promise<void> {
  const again = setInterval(() => void appendFile(path, "More.\n"), 100);
  try {
    expect(await told).toEqual({ done: false, value: change });
  } finally {
    clearInterval(again);
  }
}

describe("a folder that is none", () => {
  it("is refused in one line", async () => {
    await expect(Folder.open(join(root, "nowhere"))).rejects.toThrow(`There is no folder ${join(root, "nowhere")}`);
    const file = join(root, "alpha.md");
    await expect(Folder.open(file)).rejects.toThrow(`${file} is a file, not a folder`);
  });
});

describe("the demo", { timeout: 60_000 }, () => {
  beforeAll(() => buildIfNeeded(), 120_000);

  const run = (program: string, ...args: string[]): Promise<Outcome> =>
    runNode(["scripts/run.mjs", `examples/handbook/${program}`, ...args], project);

  it("uses the handbook in two revisions, and says what travelled", async () => {
    const { code, stdout, stderr } = await run("demo.ts", root);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    const [newer, older] = [lines.indexOf("Revision 2026-07-28"), lines.indexOf("Revision 2025-11-25")];
    expect(newer).toBeGreaterThan(0);
    expect(older).toBeGreaterThan(newer);
    const [modern, legacy] = [lines.slice(newer, older).join("\n"), lines.slice(older).join("\n")];
    for (const part of [modern, legacy]) {
      expect(part).toContain("  Connect: handbook 1.0.0 offers ");
      expect(part).toContain("  List the resources: 3 pages: alpha.md, beta.md, guides/first steps.md\n");
      expect(part).toContain('  Complete the path "alp": alpha.md\n');
      expect(part).toContain("  Read handbook://alpha.md: 4 lines of text/markdown\n");
      expect(part).toContain('  Search for "Alpha": 1 of 3 pages match, best alpha.md:1\n');
      expect(part).toContain("  ← notifications/progress ×3  ← result {");
      expect(part).toContain("  Get the prompt summarise: 2 messages: user text, user resource\n");
      expect(part).toContain("  Call a tool that is not there: InvalidParamsError: Unknown tool: no-such-tool\n");
      expect(part).toContain("  ← error -32602\n");
      expect(part).toContain("  Listen, and touch that page: told that handbook://alpha.md changed\n");
      expect(part).toContain("  ← notifications/resources/updated\n");
    }
    const signed = "result {resultType: complete, _meta: handbook 1.0.0, cache hints, resources}";
    expect(modern).toContain(`      → resources/list {_meta: 2026-07-28}  ← ${signed}\n`);
    expect(modern).not.toContain("initialize");
    expect(legacy).toContain(
      "      → initialize {protocolVersion: 2025-11-25}  ← result {protocolVersion: 2025-11-25, ",
    );
    expect(legacy).toContain("      → resources/list  ← result {resources}\n");
    expect(legacy).not.toContain("resultType");
    expect(lines.at(-1)).toBe("Both times the same 7 outcomes, from handlers that are written once.");
    expect(stdout).not.toContain("\u001b");
    expect(lines.length).toBeLessThan(45);
  });

  it("uses it over HTTP in three ways, on one port", async () => {
    const { code, stdout, stderr } = await run("demo.ts", "--http", root);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const visits = stdout.split("\n").filter((line) => line.startsWith("Revision "));
    expect(visits).toEqual([
      "Revision 2026-07-28, stateless",
      "Revision 2025-11-25, with a session",
      "Revision 2025-11-25, by HTTP+SSE",
    ]);
    expect(stdout).toContain("All 3 times the same 7 outcomes, from handlers that are written once.\n");
  });

  it("uses it behind OAuth: three ways in, and one scope too few", async () => {
    const { code, stdout, stderr } = await run("demo.ts", "--auth", root);
    // What the authorization server says of a set-up that is none for production.
    const said = stderr.replace(/^oidc-provider WARNING: .*\n/gm, "");
    expect({ code, stderr: said }).toEqual({ code: 0, stderr: "" });
    const parts = stdout.split(/\n\n/).map((part) => part.trim().split("\n"));
    const [, , byCode, asProgram, withKey, forMore] = parts;
    const entered = "GET /.well-known/oauth-authorization-server 200  POST /reg 201  POST /token 200  POST /mcp 200";
    expect(byCode).toEqual([
      "By a user, with an authorization code",
      "  Ask who I am: alice, by a program that has registered, may pages:read",
      expect.stringContaining(`POST /mcp 401  GET /.well-known/oauth-protected-resource/mcp 200  ${entered}`),
      "  Read: alpha.md has 4 lines",
      "      POST /mcp 200  POST /mcp 200",
    ]);
    expect(asProgram).toEqual([
      "As a program, with client credentials",
      "  Ask who I am: nightly-report, by nightly-report, may pages:read",
      expect.stringContaining("POST /token 200  POST /mcp 200"),
      "  Leave a note: refused, and its authorization server says invalid_scope",
      expect.stringMatching(/^ +POST \/mcp 403 insufficient_scope .*POST \/token 400$/),
    ]);
    expect(withKey).toEqual([
      "By a user, with tokens that are bound to a key",
      "  Ask who I am: alice, by a program that has registered, may pages:read",
      expect.stringContaining(entered),
      "  Use the token without the key: refused, and so is a proof that was used before",
      "      POST /mcp 401 invalid_token  POST /mcp 401 invalid_dpop_proof",
    ]);
    expect(forMore).toEqual([
      "By a user, who is asked for more",
      "  Ask who I am: alice, by a program that has registered, may pages:read",
      expect.stringContaining(entered),
      "  Leave a note: noted, after the user was asked for pages:read offline_access, then pages:read offline_access pages:write",
      expect.stringMatching(/^ +POST \/mcp 403 insufficient_scope .*POST \/token 200  POST \/mcp 200$/),
      "  Ask who I am: alice, by a program that has registered, may pages:read pages:write",
      "      POST /mcp 200",
    ]);
  });

  it("uses another server as well", async () => {
    const command = `"${process.execPath}" scripts/run.mjs examples/handbook/server.ts "${root}"`;
    const { code, stdout, stderr } = await run("demo.ts", "--command", command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Revision 2026-07-28");
    expect(stdout).toContain("Revision 2025-11-25");
    expect(stdout).toContain("  List the tools: 1 tool: search\n");
  });

  const node = `"${process.execPath}" -e`;
  it.each([
    ["a folder that is not there", ["nowhere/at-all"], "There is no folder nowhere/at-all"],
    ["a file in place of a folder", ["package.json"], "package.json is a file, not a folder"],
    ["a folder without pages", ["scripts"], "The folder has no Markdown file"],
    ["two folders", ["docs", "docs"], "One folder is served, not 2"],
    ["a protected server over HTTP", ["--auth", "--http"], "--auth stands alone"],
    ["HTTP to another server", ["--http", "--command", "x"], "--http serves the handbook: leave out --command"],
    ["an option that is not there", ["--wat"], "Unknown option '--wat'"],
    ["no command", ["--command", ""], "--command needs a command"],
    ["a command that does not exist", ["--command", "no-such-program-here"], 'Cannot start "no-such-program-here"'],
    ["a program that ends at once", ["--command", `${node} "process.exit(3)"`], "exited with code 3"],
    [
      "a program that sends everything back",
      ["--command", `${node} "process.stdin.pipe(process.stdout)"`],
      "No conversation",
    ],
    [
      "a program that talks of something else",
      ["--timeout", "300", "--command", `${node} "console.log('hello');process.stdin.resume()"`],
      "No answer to initialize after 300 ms",
    ],
  ])("says in one line what is wrong with %s", async (_, args, reason) => {
    const { code, stderr } = await run("demo.ts", ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/^demo: [^\n]+\n$/);
  });

  it.each([
    ["nowhere/at-all", "handbook: There is no folder nowhere/at-all\n"],
    ["package.json", "handbook: package.json is a file, not a folder\n"],
  ])("has a server that refuses %s", async (path, reason) => {
    expect(await run("server.ts", path)).toEqual({ code: 1, stdout: "", stderr: reason });
  });
});

/** Does something without the rights of a superuser, who may read everything. */
async function asNobody(act: () => Promise<void>): Promise<void> {
  const superuser = process.getuid?.() === 0;
  if (superuser) process.seteuid?.(65534);
  try {
    await act();
  } finally {
    if (superuser) process.seteuid?.(0);
  }
}
