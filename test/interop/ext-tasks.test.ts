import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createTaskSessionFromClient, resultFromTaskOutcome } from "@modelcontextprotocol/ext-tasks/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ProtocolError, ToolError } from "../../src/errors.ts";
import { type HttpServing, serveHttp } from "../../src/node/index.ts";
import { Server } from "../../src/server/index.ts";
import { tasks } from "../../src/tasks/index.ts";

const info = { name: "another client", version: "1.0.0" };
const TASKS = "io.modelcontextprotocol/tasks";
const framing = {
  protocolVersion: "2026-07-28",
  clientInfo: info,
  clientCapabilities: { elicitation: {}, extensions: { [TASKS]: {} } },
};
const name = z.object({ name: z.string() });

let serving: HttpServing;

const server = new Server({ name: "s", version: "1" }, { logger: { warn() {}, error() {} } })
  .use(tasks({ pollInterval: 20 }))
  .tool(
    "add",
    { task: "optional", input: z.object({ a: z.number() }), output: z.object({ b: z.number() }) },
    ({ a }) => ({
      b: a + 1,
    }),
  )
  .tool("greet", { task: "required" }, async (_, context) => {
    const first = await context.require("First name?", name);
    const last = await context.require("Last name?", name);
    return `${first.name} ${last.name}`;
  })
  .tool("fails", { task: "optional" }, () => {
    throw new ToolError("no luck");
  })
  .tool("errs", { task: "optional" }, () => {
    throw new ProtocolError(7, "broken");
  })
  .tool("stays", { task: "optional" }, (_, { signal }) => {
    return new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("gone")));
  })
  .tool("plain", {}, () => "plain");

beforeAll(async () => {
  serving = await serveHttp(server, { port: 0, exit: false, log: () => {} });
});

afterAll(() => serving.close());

/** Sends a request as the package made it: what its own client cannot carry goes out by hand. */
async function rawDispatch(request: any): Promise<any> {
  const { method, params } = request;
  const response = await fetch(serving.url, {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": framing.protocolVersion,
      "mcp-method": method,
      ...((params.taskId ?? params.name) !== undefined && { "mcp-name": params.taskId ?? params.name }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...request }),
  });
  const { result, error } = (await response.json()) as { result?: object; error?: object };
  return error === undefined ? { kind: "result", result } : { kind: "error", error };
}

async function session(era: "2025-11-25" | "2026-07-28") {
  const client = new Client(info, {
    capabilities: framing.clientCapabilities,
    versionNegotiation: { mode: era === "2026-07-28" ? "auto" : "legacy" },
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(serving.url)));
  const { tools } = await client.listTools();
  const asked: string[] = [];
  const opened = createTaskSessionFromClient(client, {
    endpointId: "test",
    tools: {
      currentTool: (wanted) => {
        const found = tools.find((tool) => tool.name === wanted) as any;
        return found && { name: wanted, inputSchema: found.inputSchema, taskSupport: found.execution?.taskSupport };
      },
    },
    onInputRequest: async (request) => {
      const message = String(request.params?.["message"]);
      asked.push(message);
      return { action: "accept", content: { name: message.slice(0, 1) } } as never;
    },
    ...(era === "2026-07-28" && { rawDispatch, v2RequestFraming: framing }),
  } as Parameters<typeof createTaskSessionFromClient>[1]);
  return { client, opened, asked };
}

describe.each(["2025-11-25", "2026-07-28"] as const)("the client of ext-tasks, in %s", (era) => {
  const settle = async (tool: string, args: Record<string, number> = {}): Promise<any> => {
    const { client, opened } = await session(era);
    try {
      const execution = await opened.callTool(tool, args, { task: { preference: "prefer" } } as never);
      const { outcome, lastTask } = await execution.settle();
      return { result: outcome.status === "completed" ? resultFromTaskOutcome(outcome) : outcome, lastTask };
    } finally {
      await opened.close();
      await client.close();
    }
  };

  it("gets the result of a task, and of a plain call", async () => {
    const { result, lastTask } = await settle("add", { a: 1 });
    expect(result).toMatchObject({ structuredContent: { b: 2 } });
    expect(lastTask?.taskId).toMatch(/^[0-9a-f]{32}$/);
    expect((await settle("plain")).result).toMatchObject({ content: [{ type: "text", text: "plain" }] });
  });

  it("reads how tasks fail", async () => {
    const { result: failed } = await settle("fails");
    // A tool that failed is a result since 2026-07-28, and was a task that failed before.
    if (era === "2026-07-28") expect(failed).toMatchObject({ isError: true, content: [{ text: "no luck" }] });
    else expect(failed).toMatchObject({ status: "failed", error: { message: "no luck" } });
    expect((await settle("errs")).result).toMatchObject({ status: "failed", error: { message: "broken" } });
  });

  it("cancels a task", async () => {
    const { client, opened } = await session(era);
    const execution = (await opened.callTool("stays", {}, { task: { preference: "prefer" } } as never)) as any;
    const settled = execution.settle();
    await execution.cancel();
    expect((await settled).outcome.status).toBe("cancelled");
    await opened.close();
    await client.close();
  });
});

// In 2025-11-25 the client of ext-tasks waits for no result, which is where a task asks there.
it("the client of ext-tasks, in 2026-07-28, answers what a task asks", async () => {
  const { client, opened, asked } = await session("2026-07-28");
  const execution = await opened.callTool("greet", {});
  const { outcome } = await execution.settle();
  expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ text: "F L" }] });
  expect(asked).toEqual(["First name?", "Last name?"]);
  await opened.close();
  await client.close();
});
