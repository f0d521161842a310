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
import {
  CreateMessageRequestSchema,
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundled } from "../stdio/child.ts";
import { HttpChild } from "./http-child.ts";

const info = { name: "another client", version: "1.0.0" };
const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

let command: { command: string; args: string[] };
let child: HttpChild;
let endpoint: URL;

beforeAll(async () => {
  const program = await bundled(join(import.meta.dirname, "asking-server.ts"));
  command = { command: process.execPath, args: [program] };
  child = new HttpChild([program, "--http"]);
  const [url] = await child.said(/http:\/\/\S+/);
  endpoint = new URL(url);
});

afterAll(() => child.end());

/** The ways to the server. */
type Way = "stdio" | "HTTP" | "HTTP+SSE";

/** What the client's user and model were asked, and what they say. */
class Asked {
  readonly messages: unknown[] = [];
  readonly visited: string[] = [];
  /** What the user does with forms. */
  action: "accept" | "decline" = "accept";

  readonly elicit = ({ params }: { params: { mode?: string | undefined; message: string } }) => {
    this.messages.push(params.message);
    if (params.mode === "url") return { action: "accept" as const };
    if (this.action !== "accept") return { action: this.action };
    const content: Record<string, string | number> = params.message === "Name?" ? { name: "Ada" } : { nights: 3 };
    return { action: "accept" as const, content };
  };
  readonly sample = ({ params }: { params: { maxTokens: number } }) => {
    this.messages.push(params.maxTokens);
    return { role: "assistant" as const, content: { type: "text" as const, text: "Hello" }, model: "test" };
  };
  readonly roots = () => {
    this.messages.push("roots");
    return { roots: [{ uri: "file:///work", name: "work" }] };
  };
}

async function first(way: Way, asked: Asked): Promise<FirstClient> {
  const client = new FirstClient(info, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, asked.elicit);
  client.setRequestHandler(CreateMessageRequestSchema, asked.sample);
  client.setRequestHandler(ListRootsRequestSchema, asked.roots);
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
    asked.visited.push(params.elicitationId);
  });
  const ways = {
    stdio: () => new FirstStdio(command),
    HTTP: () => new FirstHttp(endpoint),
    "HTTP+SSE": () => new FirstSse(new URL("/sse", endpoint)),
  };
  await client.connect(ways[way]() as Parameters<FirstClient["connect"]>[0]);
  return client;
}

async function modern(way: Way, asked: Asked, mode: "auto" | "legacy"): Promise<ModernClient> {
  const client = new ModernClient(info, { capabilities, versionNegotiation: { mode } });
  client.setRequestHandler("elicitation/create", asked.elicit);
  client.setRequestHandler("sampling/createMessage", asked.sample);
  client.setRequestHandler("roots/list", asked.roots);
  client.setNotificationHandler("notifications/elicitation/complete", ({ params }) => {
    asked.visited.push(params.elicitationId);
  });
  const ways = {
    stdio: () => new ModernStdio(command),
    HTTP: () => new StreamableHTTPClientTransport(endpoint),
    "HTTP+SSE": () => new SSEClientTransport(new URL("/sse", endpoint)),
  };
  await client.connect(ways[way]());
  expect(client.getNegotiatedProtocolVersion()).toBe(mode === "auto" ? "2026-07-28" : "2025-11-25");
  return client;
}

const legacy = (way: Way, asked: Asked) => modern(way, asked, "legacy");
const auto = (way: Way, asked: Asked) => modern(way, asked, "auto");

describe.each([
  ["SDK 1.x", "2025-11-25", "stdio", first],
  ["client 2.x", "2025-11-25", "stdio", legacy],
  ["client 2.x", "2026-07-28", "stdio", auto],
  ["SDK 1.x", "2025-11-25", "HTTP", first],
  ["client 2.x", "2025-11-25", "HTTP", legacy],
  ["client 2.x", "2026-07-28", "HTTP", auto],
  ["SDK 1.x", "2025-11-25", "HTTP+SSE", first],
  ["client 2.x", "2025-11-25", "HTTP+SSE", legacy],
] as const)("a server that asks %s in %s over %s", (_name, version, way, connect) => {
  let asked: Asked;
  let client: FirstClient | ModernClient;

  beforeAll(async () => {
    asked = new Asked();
    client = await connect(way, asked);
  });

  beforeEach(() => {
    asked.messages.length = 0;
    asked.visited.length = 0;
    asked.action = "accept";
  });

  afterAll(() => client.close());

  /** Calls a tool, and reads the JSON that it says. */
  const call = async (name: string, given: Record<string, unknown> = {}): Promise<unknown> => {
    const { content, isError } = (await client.callTool({ name, arguments: given })) as {
      content: { text: string }[];
      isError?: boolean;
    };
    const text = content[0]?.text ?? "";
    return isError === true ? text : JSON.parse(text);
  };

  const answers = {
    form: { action: "accept", content: { nights: 3, breakfast: true } },
    visit: "accept",
    sample: { role: "assistant", content: { type: "text", text: "Hello" }, model: "test" },
    roots: [{ uri: "file:///work", name: "work" }],
  };
  const what = Object.keys(answers) as (keyof typeof answers)[];

  it.each(what)("gets the answer to its %s (SAMP-1, EL-1, ROOT-1, MRTR-2)", async (one) => {
    expect(await call("ask", { what: [one] })).toMatchObject({ [one]: answers[one] });
    expect(asked.messages).toHaveLength(1);
    expect(asked.visited).toEqual(one === "visit" && version === "2025-11-25" ? ["one"] : []);
  });

  it("gets the answers to all of them at once", async () => {
    expect(await call("ask", { what })).toMatchObject(answers);
    expect(asked.messages).toHaveLength(what.length);
  });

  it("asks in a straight line, and does its steps once (MRTR-6)", async () => {
    const before = (await call("held")) as number;
    expect(await call("book")).toEqual({ nights: 3, sure: true, hold: before + 1 });
    expect(asked.messages).toEqual(["How long?", "Book 3 nights?"]);
    expect(await call("held")).toBe(before + 1);
  });

  it("undoes its steps when the user declines (EL-3, MRTR-7)", async () => {
    const before = await call("held");
    asked.action = "decline";
    expect(await call("book")).toContain("decline");
    expect(asked.messages).toEqual(["How long?"]);
    expect(await call("held")).toBe(before);
  });

  it("asks by a result, with a state that comes back, and with a state alone (MRTR-4, T-31)", async () => {
    expect(await call("result")).toEqual({
      name: { action: "accept", content: { name: "Ada" } },
      requestState: { å: "漢" },
    });
    expect((await client.callTool({ name: "later" })).content).toEqual([{ type: "text", text: "ready" }]);
  });

  it("asks for a prompt and for a resource (MRTR-1)", async () => {
    const { messages } = await client.getPrompt({ name: "asked" });
    expect(messages).toMatchObject([{ content: { text: "For 3 nights" } }]);
    const { contents } = await client.readResource({ uri: "memo://asked" });
    expect(contents).toMatchObject([{ text: "3 nights" }]);
  });
});
