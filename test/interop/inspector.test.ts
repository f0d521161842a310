import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/folders.mjs";
import { bundled } from "../stdio/child.ts";
import { HttpChild } from "./http-child.ts";

const tools = join(root, "test/tools");
/** It needs a newer Node than the project does. */
const node = join(tools, "node22/node_modules/node/bin/node");
const inspector = join(tools, "inspector/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const installed = existsSync(node) && existsSync(inspector);

let folder: string;
let child: HttpChild;
let endpoint: string;

beforeAll(async () => {
  if (!installed) return;
  folder = await mkdtemp(join(tmpdir(), "mcplex-inspector-"));
  await writeFile(join(folder, "apples.md"), "# Apples\n\nThey grow on trees.\n");
  child = new HttpChild([await bundled(join(root, "examples/handbook/server.ts")), "--http", "--port", "0", folder]);
  [endpoint] = await child.said(/http:\/\/\S+/);
});

afterAll(async () => {
  if (!installed) return;
  await child.end();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the inspector once, and gives what it printed. It keeps its files in a home of its own. */
async function inspect(url: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(node, [inspector, "--cli", url, ...args], { env: { HOME: folder } });
  return JSON.parse(stdout) as unknown;
}

describe.skipIf(!installed)("the inspector, in its CLI mode", () => {
  it.each([
    ["http", "legacy"],
    ["http", "modern"],
    ["sse", "legacy"],
  ])("lists and calls over %s in the %s era", { timeout: 30_000 }, async (transport, era) => {
    const url = transport === "sse" ? endpoint.replace(/\/mcp$/, "/sse") : endpoint;
    const way = ["--transport", transport, "--protocol-era", era];
    const { tools } = (await inspect(url, ...way, "--method", "tools/list")) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toEqual(["search"]);
    const call = ["--method", "tools/call", "--tool-name", "search", "--tool-arg", "query=trees"];
    expect(await inspect(url, ...way, ...call)).toMatchObject({ structuredContent: { total: 1 } });
  });
});
