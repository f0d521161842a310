import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Client as ModernClient,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernStdio } from "@modelcontextprotocol/client/stdio";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as FirstSse } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as FirstStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as FirstHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/folders.mjs";
import { bundled } from "../stdio/child.ts";
import { HttpChild } from "./http-child.ts";

const info = { name: "another client", version: "1.0.0" };
const page = "handbook://apples.md";
const template = { ref: { type: "ref/resource", uri: "handbook://{+path}" }, argument: { name: "path", value: "app" } };

let folder: string;
let command: { command: string; args: string[] };
let child: HttpChild;
let endpoint: URL;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcplex-interop-"));
  await writeFile(join(folder, "apples.md"), "# Apples\n\nThey grow on trees.\n");
  await writeFile(join(folder, "pears.md"), "# Pears\n\nThese as well.\n");
  // Enough that a search is still under way when its first progress is heard.
  for (let page = 0; page < 400; page++) await writeFile(join(folder, `z${page}.md`), `# Page ${page}\n`);
  const program = await bundled(join(root, "examples/handbook/server.ts"));
  command = { command: process.execPath, args: [program, folder] };
  child = new HttpChild([program, "--http", "--port", "0", folder]);
  const [url] = await child.said(/http:\/\/\S+/);
  endpoint = new URL(url);
});

afterAll(async () => {
  await child.end();
  await rm(folder, { recursive: true, force: true });
});

/** The ways to the handbook. */
type Way = "stdio" | "HTTP" | "HTTP+SSE";

/** What the two clients have in common, in the words of this test. */
interface Driven {
  readonly version: string | undefined;
  readonly client: FirstClient | ModernClient;
  search(query: string, options?: { signal?: AbortSignal; onprogress?: () => void }): Promise<unknown>;
  /** Resolves when the page was reported as changed; `listening` resolves when the server listens. */
  changed(): { listening: Promise<unknown>; told: Promise<unknown> };
}

async function first(way: Way): Promise<Driven> {
  const client = new FirstClient(info);
  const ways = {
    stdio: () => new FirstStdio(command),
    HTTP: () => new FirstHttp(endpoint),
    "HTTP+SSE": () => new FirstSse(new URL("/sse", endpoint)),
  };
  await client.connect(ways[way]() as Parameters<FirstClient["connect"]>[0]);
  return {
    version: client.getServerCapabilities() === undefined ? undefined : "2025-11-25",
    client,
    search: (query, options) => client.callTool({ name: "search", arguments: { query } }, undefined, options),
    changed: () => {
      const told = new Promise((resolve) => client.setNotificationHandler(ResourceUpdatedNotificationSchema, resolve));
      return { listening: client.subscribeResource({ uri: page }), told };
    },
  };
}

async function modern(way: Way, mode: "auto" | "legacy"): Promise<Driven> {
  const client = new ModernClient(info, { versionNegotiation: { mode } });
  const ways = {
    stdio: () => new ModernStdio(command),
    HTTP: () => new StreamableHTTPClientTransport(endpoint),
    "HTTP+SSE": () => new SSEClientTransport(new URL("/sse", endpoint)),
  };
  await client.connect(ways[way]());
  return {
    version: client.getNegotiatedProtocolVersion(),
    client,
    search: (query, options) => client.callTool({ name: "search", arguments: { query } }, options),
    changed: () => {
      const told = new Promise((resolve) => client.setNotificationHandler("notifications/resources/updated", resolve));
      const filter = { resourceSubscriptions: [page] };
      return { listening: mode === "auto" ? client.listen(filter) : client.subscribeResource({ uri: page }), told };
    },
  };
}

describe.each([
  ["SDK 1.x", "2025-11-25", "stdio", first],
  ["client 2.x", "2025-11-25", "stdio", (way: Way) => modern(way, "legacy")],
  ["client 2.x", "2026-07-28", "stdio", (way: Way) => modern(way, "auto")],
  ["SDK 1.x", "2025-11-25", "HTTP", first],
  ["client 2.x", "2025-11-25", "HTTP", (way: Way) => modern(way, "legacy")],
  ["client 2.x", "2026-07-28", "HTTP", (way: Way) => modern(way, "auto")],
  ["SDK 1.x", "2025-11-25", "HTTP+SSE", first],
  ["client 2.x", "2025-11-25", "HTTP+SSE", (way: Way) => modern(way, "legacy")],
] as const)("the handbook, driven by %s in %s over %s", (_name, version, way, connect) => {
  let driven: Driven;

  beforeAll(async () => {
    driven = await connect(way);
  });

  afterAll(() => driven.client.close());

  it("connects and says who it is", () => {
    expect(driven.version).toBe(version);
    expect(driven.client.getServerVersion()).toMatchObject({ name: "handbook" });
  });

  it("lists tools, resources, templates and prompts", async () => {
    const { client } = driven;
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["search"]);
    const { resources, nextCursor } = await client.listResources();
    expect(resources.map(({ uri }) => uri).slice(0, 2)).toEqual([page, "handbook://pears.md"]);
    expect((await client.listResources({ cursor: nextCursor })).resources.length).toBeGreaterThan(0);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(["handbook://{+path}"]);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["summarise"]);
  });

  it("calls a tool, which tells of its progress and answers with structured content", async () => {
    let progressed = 0;
    const result = await driven.search("trees", { onprogress: () => progressed++ });
    expect(result).toMatchObject({ structuredContent: { total: 1, matches: [{ path: "apples.md" }] } });
    // These clients lose what comes in one piece with the result.
    expect(progressed).toBeGreaterThan(0);
  });

  it("reads a resource, gets a prompt and completes a variable", async () => {
    const { client } = driven;
    expect((await client.readResource({ uri: page })).contents).toMatchObject([
      { uri: page, mimeType: "text/markdown" },
    ]);
    const { messages } = await client.getPrompt({ name: "summarise", arguments: { path: "apples.md" } });
    expect(messages).toHaveLength(2);
    expect((await client.complete(template as never)).completion.values).toEqual(["apples.md"]);
  });

  it("says what is wrong: unknown tool, wrong arguments, unknown resource", async () => {
    const { client } = driven;
    await expect(client.callTool({ name: "none" })).rejects.toMatchObject({ code: -32602 });
    expect(await client.callTool({ name: "search", arguments: {} })).toMatchObject({ isError: true });
    await expect(client.readResource({ uri: "handbook://none.md" })).rejects.toThrow(/not found/i);
  });

  it("takes a cancelled call for cancelled, and goes on", async () => {
    const controller = new AbortController();
    const stopped = driven.search("trees", { signal: controller.signal, onprogress: () => controller.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(await driven.search("these")).toMatchObject({ structuredContent: { total: 1 } });
  });

  it("tells of a page that changes", async () => {
    const { listening, told } = driven.changed();
    await listening;
    await appendFile(join(folder, "apples.md"), "They are red.\n");
    expect(await told).toMatchObject({ params: { uri: page } });
  });
});
