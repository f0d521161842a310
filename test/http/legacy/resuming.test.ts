import { describe, expect, it } from "vitest";
import { DefinitionError } from "../../../src/errors.ts";
import type { Context } from "../../../src/server/index.ts";
import { memoryLog } from "../../../src/stores/index.ts";
import { Conversation } from "../conversation.ts";
import { Events } from "../events.ts";
import { gate, json, Reached, type Received, refusal, reports, testServer, turn } from "../reached.ts";

/** A tool that says what a test tells it to, and ends when the test says so. */
function speaking() {
  const started = gate<(text: string) => void | Promise<void>>();
  const go = gate();
  const server = testServer().tool("speak", {}, async (_, context: Context) => {
    started.open((text) => context.log("info", text));
    await go.opened;
    return "done";
  });
  return { server, say: started.opened, end: () => go.open() };
}

const said = (messages: readonly { params?: Record<string, unknown>; result?: unknown }[]) =>
  messages.map(({ params, result }) => params?.["data"] ?? (result === undefined ? "?" : "result"));

describe("LHTTP-4 events of a reply", () => {
  it.each(["2025-03-26", "2025-06-18", "2025-11-25"])(
    "have ids that no other event of the session has [%s]",
    async (version) => {
      const ids: string[] = [];
      const server = testServer().tool("tell", {}, async (_, context) => {
        for (const n of [1, 2]) await context.log("info", n);
        return "done";
      });
      const session = await Conversation.with(server, { version });
      for (let call = 0; call < 3; call++) {
        const events = new Events(await session.call("tell"));
        for (let event = await events.next(); event !== undefined; event = await events.next())
          ids.push(event.id ?? "?");
      }
      expect(ids).not.toContain("?");
      expect(new Set(ids).size).toBe(version === "2025-11-25" ? 12 : 9);
      expect(ids.length).toBe(version === "2025-11-25" ? 12 : 9);
    },
  );

  it("LHTTP-3: begin with one without data, before the first message, since 2025-11-25", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const response = session.call("speak");
    await (await say)("a");
    const events = new Events(await response);
    expect(await events.next()).toMatchObject({ data: "", id: expect.stringMatching(/./) });
    end();
    expect(said(await events.rest())).toEqual(["a", "result"]);
  });
});

describe("LHTTP-3, LHTTP-4 a client that lost a stream goes on with it by GET", () => {
  it("in the middle of a call: it gets what it missed, what comes and the response", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server, { version: "2025-06-18" });
    const response = session.call("speak", "mine");
    const tell = await say;
    await tell("a");
    const lost = new Events(await response);
    const last = await lost.next();
    await lost.leave();
    await tell("b");
    const again = await session.stream(last?.id);
    expect((await again.message()).params).toMatchObject({ data: "b" });
    await tell("c");
    expect((await again.message()).params).toMatchObject({ data: "c" });
    end();
    const rest = await again.rest();
    expect(said(rest)).toEqual(["result"]);
    expect(rest[0]?.id).toBe("mine");
  });

  it("as often as it likes, and from any event on", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const response = session.call("speak");
    const tell = await say;
    await tell("a");
    let events = new Events(await response);
    const priming = await events.next();
    for (const text of ["b", "c"]) {
      await events.leave();
      await tell(text);
      events = await session.stream(priming?.id);
    }
    end();
    expect(said(await events.rest())).toEqual(["a", "b", "c", "result"]);
  });

  it("before the one that is still there was seen to be dead: that one gets no more", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const response = session.call("speak");
    const tell = await say;
    await tell("a");
    const first = new Events(await response);
    const priming = await first.next();
    const second = await session.stream(priming?.id);
    await tell("b");
    end();
    expect(said(await second.rest())).toEqual(["a", "b", "result"]);
    expect(said(await first.rest())).toEqual(["a"]);
  });

  it("after the end: it gets the response, and the stream ends", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const response = session.call("speak");
    await (await say)("a");
    const lost = new Events(await response);
    const priming = await lost.next();
    await lost.leave();
    end();
    await turn();
    expect(said(await (await session.stream(priming?.id)).rest())).toEqual(["a", "result"]);
  });

  it("after the response: it gets nothing, and the stream ends", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const response = session.call("speak");
    await (await say)("a");
    end();
    const events = new Events(await response);
    let last = await events.next();
    for (let event = last; event !== undefined; event = await events.next()) last = event;
    expect(await (await session.stream(last?.id)).rest()).toEqual([]);
  });

  it("of the progress that was told in one turn it gets the last, which alone has an id, in its place", async () => {
    const go = gate();
    const server = testServer().tool("count", {}, async (_, context) => {
      await context.log("info", "begins");
      for (const step of [1, 2, 3]) await context.progress(step);
      await context.log("info", "goes on");
      for (const step of [4, 5]) await context.progress(step);
      await go.opened;
      return "done";
    });
    const session = await Conversation.with(server);
    const first = new Events(await session.call("count", undefined, { progressToken: "t" }));
    const seen = [];
    for (let at = 0; at < 8; at++) seen.push(await first.next());
    const shown = (message: Received) => message.params?.["progress"] ?? message.params?.["data"];
    expect(seen.slice(1).map((event) => event && shown(event.message))).toEqual(["begins", 1, 2, 3, "goes on", 4, 5]);
    expect(seen.map((event) => event?.id !== undefined)).toEqual([true, true, false, false, true, true, false, true]);
    await first.leave();
    for (const [at, missed] of [
      [0, ["begins", 3, "goes on", 5]],
      [1, [3, "goes on", 5]],
      [4, ["goes on", 5]],
      [5, [5]],
      [7, []],
    ] as const) {
      const again = await session.stream(seen[at]?.id);
      for (const one of missed) expect(shown(await again.message())).toBe(one);
      await again.leave();
    }
    const last = await session.stream(seen[7]?.id);
    go.open();
    expect(said(await last.rest())).toEqual(["result"]);
  });

  it("of the progress that was told in many turns it gets the last", async () => {
    const go = gate();
    const server = testServer().tool("count", {}, async (_, context) => {
      for (const step of [1, 2, 3]) {
        await context.progress(step);
        await turn();
      }
      await go.opened;
      return "done";
    });
    const session = await Conversation.with(server, { version: "2025-06-18" });
    const first = new Events(await session.call("count", undefined, { progressToken: "t" }));
    const seen = [await first.next(), await first.next(), await first.next()];
    expect(seen.map((event) => event?.message.params?.["progress"])).toEqual([1, 2, 3]);
    await first.leave();
    for (const event of seen.slice(0, 2)) {
      const again = await session.stream(event?.id);
      expect((await again.message()).params).toMatchObject({ progress: 3 });
      await again.leave();
    }
    const last = await session.stream(seen[2]?.id);
    go.open();
    expect(said(await last.rest())).toEqual(["result"]);
  });

  it("its own stream: it gets the changes that it missed, and those to come", async () => {
    const { server } = speaking();
    const session = await Conversation.with(server);
    const lost = await session.stream();
    const priming = await lost.next();
    await lost.leave();
    await turn();
    server.listChanged("tools");
    await turn();
    const again = await session.stream(priming?.id);
    expect((await again.message()).method).toBe("notifications/tools/list_changed");
    server.listChanged("tools");
    expect((await again.message()).method).toBe("notifications/tools/list_changed");
    // It is the one stream of the session again.
    expect((await session.get()).status).toBe(409);
  });

  it("and is lost again while it gets what it missed: it can be had once more, or opened anew", async () => {
    const uri = `note://${"x".repeat(4000)}`;
    const server = testServer().resource(uri, () => "text");
    const session = await Conversation.with(server);
    await json(session.request("resources/subscribe", { uri }));
    const lost = await session.stream();
    const priming = (await lost.next())?.id ?? "";
    await lost.leave();
    for (let n = 0; n < 40; n++) server.updated(uri);
    const slow = await session.get({ "last-event-id": priming });
    await turn();
    await slow.body?.cancel();
    await turn();
    const again = await session.stream(priming);
    for (let n = 0; n < 40; n++) expect((await again.message()).params).toEqual({ uri });
    await again.leave();
    await turn();
    expect((await session.get()).status).toBe(200);
  });

  it("with questions: one that was asked meanwhile is asked on the stream that came back", async () => {
    const started = gate();
    const go = gate();
    const server = testServer().tool("ask", {}, async (_, context) => {
      await context.log("info", "here");
      started.open();
      await go.opened;
      return (await context.confirm("Sure?")) ? "yes" : "no";
    });
    const session = await Conversation.with(server, { capabilities: { elicitation: {} } });
    const lost = new Events(await session.call("ask"));
    const priming = await lost.next();
    await started.opened;
    await lost.leave();
    go.open();
    const again = await session.stream(priming?.id);
    await again.message();
    await session.answer(await again.message(), { action: "accept", content: {} });
    expect(JSON.stringify(await again.rest())).toContain('"yes"');
  });
});

describe("LHTTP-4 what nobody can have again", () => {
  /** A session with a call that has said one thing, and the id of that event. */
  async function lost(session: Conversation, say: Promise<(text: string) => unknown>) {
    const response = session.call("speak");
    await (await say)("a");
    const events = new Events(await response);
    return { events, priming: (await events.next())?.id ?? "" };
  }

  it("the messages of another stream than the one that was lost", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const own = await session.stream();
    const { events } = await lost(session, say);
    const priming = (await own.next())?.id;
    await own.leave();
    server.listChanged("tools");
    await turn();
    const again = await session.stream(priming);
    end();
    await events.rest();
    await session.delete();
    expect((await again.rest()).map(({ method }) => method)).toEqual(["notifications/tools/list_changed"]);
  });

  it("those of another session: nothing is replayed, also to who knows the id", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const { priming } = await lost(session, say);
    const other = await Conversation.at(session.reached);
    expect(await refusal(other.get({ "last-event-id": priming }))).toEqual([400, -32600]);
    end();
  });

  it.each(["", "1", "x.1", `${"x".repeat(12)}.0`, `${"x".repeat(12)}.-1`, "../../x", "x".repeat(5000)])(
    "those after an event that there never was: 400: %j",
    async (id) => {
      const session = await Conversation.with(speaking().server);
      expect(await refusal(session.get({ "last-event-id": id }))).toEqual([400, -32600]);
    },
  );

  it("those after an event that is yet to come", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server);
    const { priming } = await lost(session, say);
    const future = priming.replace(/[0-9]+$/, "99");
    expect(await refusal(session.get({ "last-event-id": future }))).toEqual([400, -32600]);
    end();
  });

  it("those that are no longer kept: 400, and never a part of them", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server, { options: { replay: memoryLog({ entries: 2 }) } });
    const { priming } = await lost(session, say);
    for (const text of ["b", "c"]) await (await say)(text);
    expect(await refusal(session.get({ "last-event-id": priming }))).toEqual([400, -32600]);
    const later = priming.replace(/0$/, "1");
    const again = await session.stream(later);
    expect((await again.message()).params).toMatchObject({ data: "b" });
    end();
  });

  it("one that was longer than all that is kept: 400, at once", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server, { options: { replay: memoryLog({ length: 200 }) } });
    const response = session.call("speak");
    await (await say)("x".repeat(1000));
    const events = new Events(await response);
    const priming = (await events.next())?.id;
    expect(await refusal(session.get({ "last-event-id": priming ?? "" }))).toEqual([400, -32600]);
    end();
  });
});

describe("replay: false", () => {
  it("events have no ids, and Last-Event-ID counts for nothing", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server, { options: { replay: false } });
    const response = session.call("speak");
    await (await say)("a");
    end();
    const events = new Events(await response);
    expect(said(await events.rest())).toEqual(["a", "result"]);
    expect(events.text).not.toMatch(/^id:/m);
    const own = await session.stream("anything");
    server.listChanged("tools");
    expect((await own.next())?.id).toBeUndefined();
  });

  it("a call whose client went away is answered to nobody, and the session goes on", async () => {
    const { server, say, end } = speaking();
    const session = await Conversation.with(server, { options: { replay: false } });
    const response = session.call("speak");
    await (await say)("a");
    await new Events(await response).leave();
    end();
    await turn();
    expect(await json(session.request("ping"))).toHaveProperty("result");
    expect(reports).toEqual([]);
  });
});

describe("LHTTP-3 a server closes a connection on purpose", () => {
  /** A tool that closes the connection at once, and ends when the test says so. */
  function polled() {
    const started = gate<Context>();
    const go = gate();
    const server = testServer().tool("poll", {}, async (_, context: Context) => {
      context.binding?.disconnect?.(300);
      started.open(context);
      await go.opened;
      return "done";
    });
    return { server, started: started.opened, end: () => go.open() };
  }

  it("says when to come back, and whoever does gets the response", async () => {
    const { server, started, end } = polled();
    const session = await Conversation.with(server);
    const events = new Events(await session.call("poll"));
    const priming = await events.next();
    expect(priming).toMatchObject({ data: "", id: expect.stringMatching(/./) });
    expect(await events.rest()).toEqual([]);
    expect(events.text).toMatch(/\n\nretry: 300\n\n$/);
    await (await started).log("info", "meanwhile");
    const again = await session.stream(priming?.id);
    expect((await again.message()).params).toMatchObject({ data: "meanwhile" });
    end();
    expect(said(await again.rest())).toEqual(["result"]);
  });

  it("as often as it likes, also the connection of a client that came back", async () => {
    const { server, started, end } = polled();
    const session = await Conversation.with(server);
    const priming = await new Events(await session.call("poll")).next();
    const again = await session.stream(priming?.id);
    const context = await started;
    await context.log("info", "more");
    const last = await again.next();
    context.binding?.disconnect?.(0);
    expect(await again.rest()).toEqual([]);
    expect(again.text).toMatch(/\n\nretry: 0\n\n$/);
    end();
    expect(said(await (await session.stream(last?.id)).rest())).toEqual(["result"]);
  });

  it("at a time that can be told: anything else is a mistake", async () => {
    const { server, started, end } = polled();
    const session = await Conversation.with(server);
    const priming = await new Events(await session.call("poll")).next();
    const { binding } = await started;
    for (const retry of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => binding?.disconnect?.(retry)).toThrow(DefinitionError);
    }
    end();
    expect(said(await (await session.stream(priming?.id)).rest())).toEqual(["result"]);
  });

  it("after the client has gone, and after the response, nothing happens", async () => {
    const { server, started, end } = polled();
    const session = await Conversation.with(server);
    const priming = await new Events(await session.call("poll")).next();
    const { binding } = await started;
    binding?.disconnect?.();
    end();
    expect(said(await (await session.stream(priming?.id)).rest())).toEqual(["result"]);
    binding?.disconnect?.();
    expect(reports).toEqual([]);
  });

  it.each([
    ["of an older revision", "2025-06-18", {}],
    ["whose events are not kept", "2025-11-25", { replay: false }],
  ] as const)("not that of a session %s", async (_, version, options) => {
    const { server, end } = polled();
    const session = await Conversation.with(server, { version, options });
    end();
    expect(await (await session.call("poll")).json()).toMatchObject({ result: { content: [{ text: "done" }] } });
  });

  it("not that of a stateless request", async () => {
    const { server, end } = polled();
    end();
    const response = await new Reached(server).ask("tools/call", { name: "poll", arguments: {} });
    expect(await response.json()).toMatchObject({ result: { content: [{ text: "done" }] } });
  });
});
