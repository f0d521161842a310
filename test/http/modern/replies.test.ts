import { describe, expect, it } from "vitest";
import type { Context } from "../../../src/server/index.ts";
import { Events } from "../events.ts";
import { gate, json, META, Reached, reports, testServer, turn } from "../reached.ts";

const withProgress = { meta: { progressToken: 0 } };
const name = "work";

/** A server with one tool, which does what a test says. */
function working(work: (context: Context) => Promise<string> | string): Reached {
  return new Reached(testServer().tool(name, {}, (_, context) => work(context)));
}

const both = "application/json, text/event-stream";

describe("HTTP-21, HTTP-22 the first thing that goes out decides what the reply is", () => {
  it("a response makes it JSON", async () => {
    const response = await working(() => "done").ask("tools/call", { name }, withProgress);
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  it("progress makes it a stream, which ends with the response", async () => {
    const reached = working(async (context) => {
      await context.progress(1, 2);
      await context.progress(2, 2, "there");
      return "done";
    });
    const response = await reached.ask("tools/call", { name }, { ...withProgress, id: "a" });
    const events = new Events(response);
    expect(await events.rest()).toEqual([
      { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 0, progress: 1, total: 2 } },
      {
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: 0, progress: 2, total: 2, message: "there" },
      },
      expect.objectContaining({ id: "a", result: expect.objectContaining({ resultType: "complete" }) }),
    ]);
    // Events have no ids: nothing can be had again (HTTP-29).
    expect(events.text).not.toMatch(/^id:/m);
  });

  it("HTTP-23: a stream says that nothing on the way may keep it back", async () => {
    const reached = working(async (context) => {
      await context.progress(1);
      return "done";
    });
    const response = await reached.ask("tools/call", { name }, withProgress);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    });
    await response.body?.cancel();
  });

  it("progress that nobody asked for makes no stream, nor does a log message (T-61, T-62)", async () => {
    const reached = working(async (context) => {
      await context.progress(1);
      await context.log("emergency", "fire");
      return "done";
    });
    const response = await reached.ask("tools/call", { name });
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  it("who takes JSON alone gets the response, and no progress", async () => {
    const reached = working(async (context) => {
      await context.progress(1);
      return "done";
    });
    const headers = { accept: "application/json" };
    const response = await reached.ask("tools/call", { name }, { ...withProgress, headers });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect((await json(response)).result).toMatchObject({ content: [{ text: "done" }] });
  });

  it("who takes a stream alone gets the response on one", async () => {
    const headers = { accept: "text/event-stream" };
    const response = await working(() => "done").ask("tools/call", { name }, { headers });
    expect((await new Events(response).rest()).length).toBe(1);
  });

  it("what a handler sends after its response goes nowhere", async () => {
    const late = gate<Context>();
    const reached = working((context) => {
      late.open(context);
      return "done";
    });
    const response = await reached.ask("tools/call", { name }, withProgress);
    await json(response);
    expect((await late.opened).progress(1)).toBeUndefined();
    expect(reports).toEqual([]);
  });
});

describe("T-10, HTTP-24 a client that goes away cancels its request", () => {
  /** A tool that waits for its signal, after a word or without one. */
  function waiting(word: boolean) {
    const started = gate();
    const stopped = gate<unknown>();
    const reached = working(async (context) => {
      if (word) await context.progress(1);
      started.open();
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      stopped.open(context.signal.reason);
      await context.progress(2);
      return "too late";
    });
    return { reached, started, stopped };
  }

  it("while the reply is a stream, by closing the stream", async () => {
    const { reached, started, stopped } = waiting(true);
    const events = new Events(await reached.ask("tools/call", { name }, withProgress));
    expect((await events.message()).params).toMatchObject({ progress: 1 });
    await started.opened;
    await events.leave();
    expect(await stopped.opened).toMatchObject({ name: "LocalError", code: "aborted" });
    expect(reports).toEqual([]);
  });

  it("while the reply would be JSON, by closing the connection", async () => {
    const { reached, started, stopped } = waiting(false);
    const leaving = new AbortController();
    const headers = { accept: "application/json" };
    void reached.ask("tools/call", { name }, { headers, signal: leaving.signal });
    await started.opened;
    leaving.abort();
    expect(await stopped.opened).toMatchObject({ code: "aborted" });
    expect(reports).toEqual([]);
  });

  it("and not by reading the response to its end", async () => {
    let context: Context | undefined;
    const leaving = new AbortController();
    const reached = working((given) => {
      context = given;
      return "done";
    });
    await json(reached.ask("tools/call", { name }, { signal: leaving.signal }));
    leaving.abort();
    await turn();
    expect(context?.signal.aborted).toBe(false);
  });

  it("one of several leaves the others alone", async () => {
    const started = [gate(), gate()];
    const signals: AbortSignal[] = [];
    const go = gate();
    const reached = working(async (context) => {
      signals.push(context.signal);
      started[signals.length - 1]?.open();
      await go.opened;
      return "done";
    });
    const leaving = new AbortController();
    void reached.ask("tools/call", { name }, { id: 1, signal: leaving.signal });
    await started[0]?.opened;
    const other = reached.ask("tools/call", { name }, { id: 1 });
    await started[1]?.opened;
    leaving.abort();
    go.open();
    expect((await json(other)).result).toMatchObject({ content: [{ text: "done" }] });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});

describe("JRPC-2 the id of a response", () => {
  it.each([0, 1, -5, 2 ** 53 - 1, "0", "", "é", "a".repeat(256)])(
    "is that of the request, with its type: %j",
    async (id) => {
      expect((await json(working(() => "done").ask("tools/call", { name }, { id }))).id).toBe(id);
      const streamed = working(async (context) => {
        await context.progress(1);
        return "done";
      });
      const events = new Events(await streamed.ask("tools/call", { name }, { ...withProgress, id }));
      expect((await events.rest()).at(-1)?.id).toBe(id);
    },
  );
});

describe("META-3 what is known of a client", () => {
  it("comes from this request alone, never from one before", async () => {
    const seen: unknown[] = [];
    const reached = working((context) => {
      seen.push(context.client.capabilities);
      return "done";
    });
    await reached.ask("tools/call", { name }, { capabilities: { roots: {} } });
    await reached.ask("tools/call", { name }, { headers: { accept: both } });
    expect(seen).toEqual([{ roots: {} }, {}]);
    expect(
      await json(reached.ask("tools/call", { name }, { meta: { [`${META}clientInfo`]: { name: "a" } } })),
    ).toHaveProperty("error.code", -32602);
  });
});
