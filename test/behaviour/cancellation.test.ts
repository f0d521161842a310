import { describe, expect, vi } from "vitest";
import type { Request, RequestId } from "../../src/jsonrpc/index.ts";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import type { Context, Server } from "../../src/server/index.ts";
import { CHANNELS, everywhere, inMemory, MEMORY } from "./bindings.ts";
import { GRACE } from "./bindings.ts";
import type { Joint } from "./joint.ts";

/** A server with a tool that runs until it is let go or stopped, and what happens in it. */
function waiting(joint: Joint) {
  const state = {
    started: 0,
    reasons: [] as unknown[],
    contexts: [] as Context[],
    finish: (_text: string): void => {},
    finishing: [] as ((text: string) => void)[],
  };
  const server: Server = joint.server().tool(
    "wait",
    {},
    (_, context) =>
      new Promise<string>((resolve) => {
        state.started++;
        state.contexts.push(context);
        state.finish = resolve;
        state.finishing.push(resolve);
        context.signal.addEventListener("abort", () => state.reasons.push(context.signal.reason));
      }),
  );
  return { server, state };
}

describe("CAN-1: a request that its sender gives up", () => {
  everywhere(
    "an abort is an abort: the call rejects at once, and the server is told why",
    { remembers: true },
    async (joint) => {
      const { server, state } = waiting(joint);
      const client = await joint.connect(server);
      const abort = new AbortController();
      const call = client.call("wait", {}, { signal: abort.signal });
      await client.ping();
      expect(state.started).toBe(1);
      const reason = new Error("changed my mind");
      abort.abort(reason);
      const failure = await call.catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "LocalError", code: "aborted", cause: reason });
      await client.ping();
      await vi.waitFor(() => expect(state.reasons).toHaveLength(1));
      // Where closing the reply is the cancellation, nothing says why.
      const message = joint.binding.closes && isModern(joint.revision) ? expect.any(String) : "changed my mind";
      expect(state.reasons).toEqual([expect.objectContaining({ code: "aborted", message })]);
      const [cancelled] = joint.tap.from("client", "notifications/cancelled") as unknown as Request[];
      const [request] = joint.tap.from("client", "tools/call") as Request[];
      expect(cancelled?.params).toMatchObject({ requestId: request?.id, reason: "changed my mind" });
    },
  );

  everywhere("STDIO-4: no message follows for that request", { remembers: true }, async (joint) => {
    const { server, state } = waiting(joint);
    const raw = await joint.raw(server);
    raw.send(raw.compose("tools/call", { name: "wait", _meta: { progressToken: "p" } }, "x"));
    await raw.settle();
    raw.notify("notifications/cancelled", { requestId: "x" });
    await raw.settle();
    const heard = raw.received.length;
    await state.contexts[0]?.progress(1);
    await state.contexts[0]?.log("emergency", "x");
    state.finish("too late");
    await raw.settle();
    expect(raw.received.length).toBe(heard + 1);
    expect(raw.responses("x")).toEqual([]);
    // The id is free again where the revision says so.
    if (isModern(joint.revision)) {
      const { error } = await raw.request("tools/call", { name: "none" }, { id: "x" });
      expect(error?.code).toBe(-32602);
    }
  });

  everywhere("a signal that has fired already sends nothing", {}, async (joint) => {
    const { server } = waiting(joint);
    const client = await joint.connect(server);
    const heard = joint.tap.from("client").length;
    const call = client.call("wait", {}, { signal: AbortSignal.abort("early") });
    await expect(call).rejects.toMatchObject({ code: "aborted", cause: "early" });
    await client.ping();
    expect(joint.tap.from("client").length).toBe(heard + 1);
  });

  everywhere("a signal that fires after the answer sends nothing", {}, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, () => "x"));
    const abort = new AbortController();
    expect(await client.call("a", {}, { signal: abort.signal })).toBe("x");
    abort.abort();
    await client.ping();
    expect(joint.tap.from("client", "notifications/cancelled")).toEqual([]);
  });

  everywhere("a late answer is ignored", { bindings: CHANNELS }, async (joint) => {
    const { client, server } = await joint.connectTo({ "tools/call": () => undefined });
    const abort = new AbortController();
    const call = client.callTool("a", {}, { signal: abort.signal });
    const { id } = await server.asked("tools/call");
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    server.answer(id, { content: [] });
    await client.ping();
    expect(await client.ping()).toBeUndefined();
  });

  everywhere("cancellations of nothing, of what is over and of no form at all are ignored", {}, async (joint) => {
    const { server, state } = waiting(joint);
    const raw = await joint.raw(server.tool("quick", {}, () => "x"));
    raw.send(raw.compose("tools/call", { name: "wait" }, "x"));
    await raw.request("tools/call", { name: "quick" }, { id: "over" });
    raw.bad({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "over" } });
    raw.bad({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "never" } });
    for (const params of [{}, { requestId: null }, { requestId: {} }, { requestId: ["x"] }, { requestId: 1.5 }]) {
      raw.bad({ jsonrpc: "2.0", method: "notifications/cancelled", params });
    }
    raw.bad({ jsonrpc: "2.0", method: "notifications/cancelled" });
    await raw.settle();
    expect(state.reasons).toEqual([]);
    state.finish("done");
    expect((await raw.response("x")).result).toMatchObject({ content: [{ text: "done" }] });
    expect(raw.received.filter((message) => "error" in message)).toEqual([]);
  });

  inMemory('1 and "1" are two requests', REVISIONS, async (joint) => {
    const { server, state } = waiting(joint);
    const raw = await joint.raw(server);
    raw.send(raw.compose("tools/call", { name: "wait" }, 100));
    raw.send(raw.compose("tools/call", { name: "wait" }, "100"));
    raw.notify("notifications/cancelled", { requestId: "100" });
    await raw.settle();
    expect(state.reasons).toHaveLength(1);
    expect(state.contexts[0]?.signal.aborted).toBe(false);
  });

  inMemory("one client cannot cancel what another asked", REVISIONS, async (joint) => {
    const { server, state } = waiting(joint);
    const [one, other] = [await joint.raw(server), await joint.raw(server)];
    one.send(one.compose("tools/call", { name: "wait" }, "same"));
    await one.settle();
    other.bad({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "same" } });
    await other.settle();
    expect(state.reasons).toEqual([]);
  });
});

describe("the end of a connection", () => {
  everywhere("rejects what waits for an answer, on the side that closes", {}, async (joint) => {
    const { server, state } = waiting(joint);
    const client = await joint.connect(server);
    const calls = [client.call("wait"), client.call("wait")];
    await client.ping();
    const settled = Promise.allSettled(calls);
    await client.close();
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "LocalError", code: "closed" } });
    }
    // A byte stream that ends says nothing of its other direction: the server would wait to give its last answers.
    for (const finish of state.finishing) finish("x");
    await expect(client.call("wait")).rejects.toMatchObject({ code: "closed" });
    await client.close();
    await client.closed;
  });

  everywhere("rejects what waits for an answer, on the other side", { bindings: CHANNELS }, async (joint) => {
    const { client, server } = await joint.connectTo({ "tools/call": () => undefined });
    const call = client.callTool("a").catch((error: unknown) => error);
    await server.asked("tools/call");
    await server.close();
    expect(await call).toMatchObject({ name: "LocalError", code: "closed" });
    await client.closed;
  });

  for (const [when, bindings] of [
    ["at once", CHANNELS.filter(({ half }) => !half)],
    ["after the grace time, where the other direction may still be open", CHANNELS.filter(({ half }) => half)],
  ] as const) {
    everywhere(`aborts the handlers that run, ${when}`, { bindings }, async (joint) => {
      const { server, state } = waiting(joint);
      const { client: channel, server: end } = joint.ends();
      const serving = joint.serve(server, end);
      const client = await joint.open(channel);
      const call = client.call("wait").catch(() => {});
      await client.ping();
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const closed = client.close();
      await call;
      await vi.waitFor(() => bindings.length === 0 || vi.getTimerCount() > 0 || state.reasons.length > 0);
      if (state.reasons.length === 0) vi.advanceTimersByTime(GRACE);
      vi.useRealTimers();
      await closed;
      await serving.closed;
      expect(state.reasons).toEqual([expect.objectContaining({ name: "LocalError", code: "closed" })]);
    });
  }

  everywhere("lets a server give its last answers first", { bindings: MEMORY }, async (joint) => {
    const { server, state } = waiting(joint);
    const { client: channel, server: end } = joint.ends();
    const serving = joint.serve(server, end);
    const client = await joint.open(channel);
    const call = client.call("wait");
    await client.ping();
    const closing = serving.close();
    state.finish("in time");
    expect(await call).toBe("in time");
    await closing;
  });
});

describe("JRPC-3: ids", () => {
  everywhere(
    "a request under an id that is being answered is refused, and the first one lives on",
    { bindings: CHANNELS },
    async (joint) => {
      const { server, state } = waiting(joint);
      const raw = await joint.raw(server);
      const id: RequestId = "twice";
      raw.send(raw.compose("tools/call", { name: "wait" }, id));
      raw.bad(raw.compose("tools/call", { name: "wait" }, id));
      joint.tap.forgive((message) => "result" in message && message.id === id);
      expect((await raw.response(id)).error?.code).toBe(-32600);
      state.finish("done");
      await raw.next((message) => "result" in message && message.id === id);
      expect(state.started).toBe(1);
    },
  );
});
