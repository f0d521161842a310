import { describe, expect, it } from "vitest";
import { LocalError } from "../../src/errors.ts";
import { nodeHandler } from "../../src/node/index.ts";
import type { Context, Server } from "../../src/server/index.ts";
import { initialize } from "./conversation.ts";
import { callAt, listening, textAt } from "./listening.ts";
import { json, POSTED, testServer } from "./reached.ts";

/** Uses the context of a request that has its answer in every way that could reach its client. */
function haunt(context: Context): Promise<unknown> {
  void context.emit({ jsonrpc: "2.0", method: "notifications/message", params: { level: "error", data: "late" } });
  void context.progress(1);
  void context.log("error", "late");
  context.binding?.disconnect?.(1);
  return context.confirm("Late?").catch((error: unknown) => error);
}

/** A server of which the tool `leave` answers at once, and leaves its context behind. */
function leaving(): { readonly server: Server; readonly left: Context[] } {
  const left: Context[] = [];
  const server = testServer()
    .tool("leave", {}, (_, context) => {
      left.push(context);
      return "left";
    })
    .tool("leave-later", {}, async (_, context) => {
      await context.progress(0);
      left.push(context);
      return "left";
    });
  return { server, left };
}

describe("what a handler does after its answer, over HTTP", () => {
  it.each(["leave", "leave-later"])("reaches nobody and breaks nothing: %s, in a session", async (tool) => {
    const { server, left } = leaving();
    const url = `${await listening(nodeHandler(server))}/mcp`;
    const post = (body: object, headers: object = {}) =>
      fetch(url, { method: "POST", headers: { ...POSTED, ...headers }, body: JSON.stringify(body) });
    const opened = await post(initialize("2025-11-25", { elicitation: {} }));
    await opened.text();
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call" };
    const params = { name: tool, arguments: {}, _meta: { progressToken: 1 } };
    for (let at = 0; at < 3; at++) {
      const reply = await post({ ...call, params }, session);
      expect(await reply.text()).toContain('"text":"left"');
      expect(await haunt(left.at(-1) as Context)).toBeInstanceOf(LocalError);
    }
    expect(await json(post({ jsonrpc: "2.0", id: 2, method: "ping" }, session))).toMatchObject({ result: {} });
  });

  it.each(["leave", "leave-later"])("reaches nobody and breaks nothing: %s, without one", async (tool) => {
    const { server, left } = leaving();
    const url = `${await listening(nodeHandler(server))}/mcp`;
    for (let at = 0; at < 3; at++) {
      expect(await (await callAt(url, tool, {}, { progressToken: 1 })).text()).toContain('"text":"left"');
      void haunt(left.at(-1) as Context);
    }
    expect(await textAt(url, "leave")).toBe("left");
  });
});
