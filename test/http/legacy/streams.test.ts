import { describe, expect, it } from "vitest";
import { Conversation } from "../conversation.ts";
import { Events, messages } from "../events.ts";
import { gate, json, reports, testServer, turn } from "../reached.ts";

const REVISIONS = ["2025-03-26", "2025-06-18", "2025-11-25"];
const form = { type: "object", properties: { name: { type: "string" } } } as const;

function offering() {
  return testServer()
    .tool("echo", {}, () => "done")
    .tool("ask", {}, async (_, context) => {
      const answer = await context.elicit("Who?", form);
      return `${answer.action} ${answer.content?.name ?? ""}`;
    })
    .resource("note://a", () => "text");
}

describe("LHTTP-1 the stream that belongs to no request", () => {
  it.each(REVISIONS)(
    "LHTTP-3, T-53: begins with an event without data since 2025-11-25 alone [%s]",
    async (version) => {
      const server = offering();
      const session = await Conversation.with(server, { version });
      const stream = await session.stream();
      server.listChanged("tools");
      const first = await stream.next();
      if (version === "2025-11-25") {
        expect([first?.data, typeof first?.id]).toEqual(["", "string"]);
        expect((await stream.next())?.event).toBe("message");
      } else expect(first?.message.method).toBe("notifications/tools/list_changed");
    },
  );

  it("is there once: a second one is refused with 409, and the first goes on", async () => {
    const server = offering();
    const session = await Conversation.with(server);
    const stream = await session.stream();
    expect((await session.get()).status).toBe(409);
    server.listChanged("tools");
    expect((await stream.message()).method).toBe("notifications/tools/list_changed");
  });

  it.each([{}, { replay: false as const }])("can be opened again when its reader has gone %j", async (options) => {
    const server = offering();
    const session = await Conversation.with(server, { options });
    await (await session.stream()).leave();
    await turn();
    const stream = await session.stream();
    server.listChanged("tools");
    expect((await stream.message()).method).toBe("notifications/tools/list_changed");
  });

  it.each(["application/json", "text/html", null])(
    "is refused with 406 for who does not take it: %j",
    async (accept) => {
      const session = await Conversation.with(offering());
      expect((await session.get({ accept })).status).toBe(406);
    },
  );

  it("carries changes of what the handshake declared, and of nothing before initialized", async () => {
    const server = offering();
    const session = await Conversation.with(server);
    const stream = await session.stream();
    await json(session.request("resources/subscribe", { uri: "note://a" }));
    server.updated("note://b");
    server.updated("note://a");
    expect((await stream.message()).params).toEqual({ uri: "note://a" });
    // Prompts were not declared.
    server.prompt("late", {}, () => "Hello");
    await turn();
    server.listChanged("resources");
    expect((await stream.message()).method).toBe("notifications/resources/list_changed");
  });

  it("T-57: carries nothing that belongs to a request, and a request's stream no changes", async () => {
    const go = gate();
    const server = offering().tool("tell", {}, async (_, context) => {
      await context.log("info", "mine");
      await go.opened;
      return "done";
    });
    const session = await Conversation.with(server);
    const stream = await session.stream();
    const call = new Events(await session.call("tell"));
    expect((await call.message()).params).toMatchObject({ data: "mine" });
    server.listChanged("tools");
    expect((await stream.message()).method).toBe("notifications/tools/list_changed");
    go.open();
    expect((await call.rest()).map(({ method }) => method)).toEqual([undefined]);
    await session.delete();
    expect(await stream.rest()).toEqual([]);
  });

  it("LHTTP-2: of two sessions each gets its own", async () => {
    const server = offering();
    const one = await Conversation.with(server);
    const two = await Conversation.at(one.reached);
    await json(one.request("resources/subscribe", { uri: "note://a" }));
    const [first, second] = [await one.stream(), await two.stream()];
    server.updated("note://a");
    server.listChanged("tools");
    expect((await first.message()).method).toBe("notifications/resources/updated");
    expect((await second.message()).method).toBe("notifications/tools/list_changed");
  });
});

describe("LHTTP-8 questions of the server", () => {
  const capabilities = { elicitation: {} };

  it("go out on the reply to the request that needs them, never on the other stream, and are answered by POST with 202", async () => {
    const session = await Conversation.with(offering(), { version: "2025-06-18", capabilities });
    const stream = await session.stream();
    const call = new Events(await session.call("ask"));
    const question = await call.message();
    expect(question).toMatchObject({ method: "elicitation/create", params: { message: "Who?" } });
    const answered = await session.answer(question, { action: "accept", content: { name: "Ann" } });
    expect([answered.status, await answered.text()]).toEqual([202, ""]);
    expect((await call.rest())[0]?.result).toMatchObject({ content: [{ text: "accept Ann" }] });
    await session.delete();
    expect(await stream.rest()).toEqual([]);
  });

  it("T-60: of two calls at once each goes out on its own, and finds its own answer", async () => {
    const session = await Conversation.with(offering(), { version: "2025-06-18", capabilities });
    const calls = [new Events(await session.call("ask", 1)), new Events(await session.call("ask", 2))];
    const asked = [];
    for (const call of calls) asked.push(await call.message());
    expect(new Set(asked.map(({ id }) => id)).size).toBe(2);
    for (const [at, question] of [...asked.entries()].reverse()) {
      await session.answer(question, { action: "accept", content: { name: `n${at}` } });
    }
    const texts = await Promise.all(calls.map(async (call) => JSON.stringify((await call.rest())[0])));
    expect(texts).toEqual([expect.stringContaining("accept n0"), expect.stringContaining("accept n1")]);
  });

  it("cannot be asked of who takes JSON alone", async () => {
    const session = await Conversation.with(offering(), { capabilities });
    const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "ask", arguments: {} } };
    const { result } = await json(session.post(body, { accept: "application/json" }));
    expect(result).toMatchObject({ isError: true });
    expect(reports).toEqual([expect.objectContaining({ code: "no_way_back" })]);
  });

  it("an answer in another session answers nothing, and is told to the author", async () => {
    const session = await Conversation.with(offering(), { version: "2025-06-18", capabilities });
    const call = new Events(await session.call("ask"));
    const question = await call.message();
    const other = await Conversation.at(session.reached);
    expect((await other.answer(question, { action: "accept", content: { name: "Eve" } })).status).toBe(202);
    expect(reports).toEqual([expect.objectContaining({ code: "invalid_response" })]);
    await session.answer(question, { action: "decline" });
    expect(JSON.stringify(await call.rest())).toContain("decline");
  });

  it("an answer that is no message is refused with 400, and the question stays open", async () => {
    const session = await Conversation.with(offering(), { version: "2025-06-18", capabilities });
    const call = new Events(await session.call("ask"));
    const { id } = await call.message();
    expect((await session.post({ jsonrpc: "2.0", id, result: {}, error: {} })).status).toBe(400);
    await session.answer({ id: id as number }, { action: "cancel" });
    expect(JSON.stringify(await call.rest())).toContain("cancel");
  });
});

describe("CAN-1, LHTTP-5 cancellation", () => {
  function waiting(tell: boolean) {
    const started = gate();
    const stopped = gate<unknown>();
    const go = gate();
    const server = offering().tool("wait", {}, async (_, context) => {
      if (tell) await context.log("info", "here");
      started.open();
      context.signal.addEventListener("abort", () => stopped.open(context.signal.reason));
      await Promise.race([stopped.opened, go.opened]);
      return "done";
    });
    return { server, started, stopped, go };
  }

  it.each([[true], [false]])(
    "by notification: the signal aborts with the reason, and no response comes (a stream: %s)",
    async (tell) => {
      const { server, started, stopped } = waiting(tell);
      const session = await Conversation.with(server);
      const call = session.call("wait", "mine");
      await started.opened;
      const cancelled = await session.notify("notifications/cancelled", { requestId: "mine", reason: "enough" });
      expect(cancelled.status).toBe(202);
      expect(await stopped.opened).toMatchObject({ code: "aborted", message: "enough" });
      expect((await messages(await call)).filter(({ id }) => id !== undefined)).toEqual([]);
      expect(reports).toEqual([]);
    },
  );

  it("of another session's request, of one that is over and of none does nothing", async () => {
    const { server, started, go } = waiting(false);
    const session = await Conversation.with(server);
    const other = await Conversation.at(session.reached);
    const call = session.call("wait", 5);
    await started.opened;
    for (const requestId of [5, "5", undefined, null, {}]) await other.notify("notifications/cancelled", { requestId });
    for (const requestId of ["5", 6, undefined]) await session.notify("notifications/cancelled", { requestId });
    go.open();
    expect((await json(call)).result).toMatchObject({ content: [{ text: "done" }] });
  });

  it("a client that goes away cancels nothing", async () => {
    const { server, started, go, stopped } = waiting(true);
    const session = await Conversation.with(server);
    const call = new Events(await session.call("wait"));
    await started.opened;
    await call.leave();
    let aborted = false;
    void stopped.opened.then(() => (aborted = true));
    await turn();
    go.open();
    await session.reached.handler.close();
    expect(aborted).toBe(false);
  });
});
