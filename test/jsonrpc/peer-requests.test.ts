import { describe, expect, it } from "vitest";
import { limits } from "../../src/limits.ts";
import { ndjson, peer } from "../../src/jsonrpc/channels/index.ts";
import type { Message } from "../../src/jsonrpc/index.ts";
import { parse } from "../../src/jsonrpc/wire/index.ts";
import { cancelled, meet, notification, request, result, settled, TestCall, TestPipe } from "./doubles.ts";

const progress = (progressToken: unknown, value: unknown = 1): Message =>
  notification("notifications/progress", { progressToken, progress: value });

/** The subscription id under which notifications belong to a request. */
const subscribed = (id: unknown, method = "notifications/tools/list_changed"): Message =>
  notification(method, { _meta: { "io.modelcontextprotocol/subscriptionId": id } });

const withToken = (id: string | number, progressToken: string | number): ReturnType<typeof request> =>
  request(id, "test", { _meta: { progressToken, "x/y": 1 }, name: "n" });

describe("an own request", () => {
  it("goes out under an id of the connection, and its answer comes back under its own", async () => {
    const { channel, transport } = meet();
    const answer = transport.exchange(request("mine", "test", { a: 1 }), new TestCall());
    expect(channel.sent).toEqual([{ jsonrpc: "2.0", id: 1, method: "test", params: { a: 1 } }]);
    channel.deliver(result(1, { b: 2 }));
    expect(await answer).toEqual(result("mine", { b: 2 }));
  });

  it("keeps an error of the peer as a response", async () => {
    const { channel, transport } = meet();
    const answer = transport.exchange(request("mine"), new TestCall());
    const error = { code: -32601, message: "Method not found", data: { x: 1 } };
    channel.deliver({ jsonrpc: "2.0", id: 1, error });
    expect(await answer).toEqual({ jsonrpc: "2.0", id: "mine", error });
  });

  it("never has an id of another one, also of one that is over (JRPC-3)", async () => {
    const { channel, transport } = meet();
    for (let round = 0; round < 3; round++) {
      const answer = transport.exchange(request(1), new TestCall());
      channel.deliver(result(channel.last["id"] as number));
      await answer;
    }
    expect(channel.sent.map((message) => (message as { id: unknown }).id)).toEqual([1, 2, 3]);
  });

  it("is not mixed up with another asker's that has the same id and the same progress token", async () => {
    const { channel, transport } = meet();
    const calls = [new TestCall(), new TestCall()];
    const answers = calls.map((call) => transport.exchange(withToken(7, "token"), call));
    const [one, two] = channel.sent as unknown as { id: number; params: { _meta: { progressToken: number } } }[];
    const tokens = [one?.params._meta.progressToken, two?.params._meta.progressToken];
    expect(new Set([one?.id, two?.id, ...tokens])).toHaveProperty("size", 2);
    channel.deliver(progress(tokens[1], 20));
    channel.deliver(progress(tokens[0], 10));
    channel.deliver(result(two?.id ?? 0, "two"));
    channel.deliver(result(one?.id ?? 0, "one"));
    expect(await Promise.all(answers)).toEqual([result(7, "one"), result(7, "two")]);
    expect(calls.map(({ told }) => told)).toEqual([[progress("token", 10)], [progress("token", 20)]]);
  });

  it.each([0, "", 1, "1", "token"])("gets progress under its own token, of its type: %j (T-29)", (token) => {
    const { channel, transport } = meet();
    const call = new TestCall();
    void transport.exchange(withToken(1, token), call);
    const sent = channel.last as { params: { _meta: Record<string, unknown>; name: string } };
    expect(sent.params).toMatchObject({ name: "n", _meta: { "x/y": 1 } });
    channel.deliver(progress(sent.params._meta["progressToken"]));
    expect(call.told).toStrictEqual([progress(token)]);
  });

  it("does not change the request that it was given", () => {
    const { transport } = meet();
    const given = withToken(7, "token");
    void transport.exchange(given, new TestCall());
    expect(given).toEqual(withToken(7, "token"));
  });

  it("gets progress before the result that came in the same chunk", async () => {
    const pipe = new TestPipe();
    const transport = peer(ndjson(pipe));
    transport.attach({ ask: () => undefined, emit: () => {} });
    const order: unknown[] = [];
    class Telling extends TestCall {
      override emit(): void {
        order.push("progress");
      }
    }
    const answer = transport.exchange(withToken(1, "t"), new Telling()).then(() => order.push("result"));
    await settled();
    pipe.type(`${JSON.stringify(progress(1, 1))}\n${JSON.stringify(progress(1, 2))}\n${JSON.stringify(result(1))}\n`);
    await answer;
    expect(order).toEqual(["progress", "progress", "result"]);
  });

  it("is rejected when it is no JSON, and nothing of it is left", async () => {
    const pipe = new TestPipe();
    const transport = peer(ndjson(pipe));
    transport.attach({ ask: () => undefined, emit: () => {} });
    await expect(transport.exchange(request(1, "a", { big: 1n }), new TestCall())).rejects.toThrow(TypeError);
    await settled();
    expect(pipe.written).toEqual([]);
  });

  it("is rejected when too many wait, and goes out again when one is answered", async () => {
    const { channel, transport } = meet();
    const waiting = Array.from({ length: limits.pending }, (_, id) => transport.exchange(request(id), new TestCall()));
    const more = transport.exchange(request("more"), new TestCall());
    await expect(more).rejects.toMatchObject({ name: "LocalError", code: "limit", data: { limit: "pending" } });
    expect(channel.sent).toHaveLength(limits.pending);
    channel.deliver(result(1));
    await waiting[0];
    void transport.exchange(request("again"), new TestCall());
    expect(channel.sent).toHaveLength(limits.pending + 1);
  });
});

describe("what the peer says to nobody (REL-37, REL-38)", () => {
  it("is told when it is a response: late, twice, of another type, of no request", async () => {
    const { channel, transport, problems } = meet();
    const answer = transport.exchange(request("mine"), new TestCall());
    const strays = [result("1", "wrong"), result(2, "wrong"), result(0), result(""), result("__proto__")];
    for (const stray of strays) channel.deliver(stray);
    channel.deliver({ jsonrpc: "2.0", error: { code: -32700, message: "?" } });
    expect(problems).toHaveLength(6);
    channel.deliver(result(1, "right"));
    channel.deliver(result(1, "twice"));
    expect(await answer).toEqual(result("mine", "right"));
    expect(problems).toHaveLength(7);
    expect(channel.sent).toHaveLength(1);
  });

  it("is dropped when it is progress: of an unknown, finished or unasked token", async () => {
    const { channel, transport, told } = meet();
    const call = new TestCall();
    const silent = new TestCall();
    const answer = transport.exchange(withToken("mine", "token"), call);
    void transport.exchange(request("silent"), silent);
    for (const token of ["token", "1", 2, 3, 0, "", null, undefined, {}, [1], "__proto__"])
      channel.deliver(progress(token));
    channel.deliver(notification("notifications/progress", {}));
    channel.deliver(result(1));
    await answer;
    channel.deliver(progress(1));
    expect([call.told, silent.told, told]).toEqual([[], [], []]);
  });

  it("does not end the conversation when a listener throws at progress (REL-52)", async () => {
    const { channel, transport, problems } = meet();
    class Throwing extends TestCall {
      override emit(): void {
        throw new Error("the listener failed");
      }
    }
    const answer = transport.exchange(withToken(1, "t"), new Throwing());
    channel.deliver(progress(1));
    channel.deliver(result(1));
    expect(await answer).toEqual(result(1));
    expect(problems).toHaveLength(1);
  });

  it("fails the request that it names when it is an answer and no message, and no other (SEC-18)", async () => {
    const { channel, transport } = meet();
    const one = transport.exchange(request("one"), new TestCall());
    const two = transport.exchange(request("two"), new TestCall());
    channel.deliver(parse('{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}'));
    await expect(one).rejects.toMatchObject({ name: "LocalError", code: "invalid_response" });
    channel.deliver(result(2));
    expect(await two).toEqual(result("two"));
  });

  it("fails the request whose answer nests too deep (SEC-4)", async () => {
    const { channel, transport } = meet();
    const answer = transport.exchange(request("one"), new TestCall());
    channel.deliver(parse(`{"jsonrpc":"2.0","id":1,"result":${"[".repeat(100)}${"]".repeat(100)}}`));
    await expect(answer).rejects.toMatchObject({ code: "invalid_response" });
  });

  it("does not fail a request when a request of the peer with the same id is none", async () => {
    const { channel, transport } = meet();
    const answer = transport.exchange(request("one"), new TestCall());
    channel.deliver(parse('{"jsonrpc":"2.0","id":1,"method":7}'));
    channel.deliver(result(1));
    expect(await answer).toEqual(result("one"));
  });
});

describe("aborting an own request (REL-31, REL-41)", () => {
  it("that was aborted before writes nothing", async () => {
    const { channel, transport } = meet();
    const call = new TestCall();
    call.abort(new Error("enough"));
    await expect(transport.exchange(request(1), call)).rejects.toMatchObject({ name: "LocalError", code: "aborted" });
    const signal = AbortSignal.abort("enough");
    await expect(transport.exchange(request(1), { signal, emit() {}, values: call.values })).rejects.toMatchObject({
      cause: "enough",
    });
    expect(channel.sent).toEqual([]);
  });

  it.each([
    ["an error", new Error("enough"), "enough"],
    ["a text", "enough", "enough"],
    ["nothing", undefined, undefined],
    ["an object", { a: 1 }, undefined],
    ["a BigInt", 1n, undefined],
  ])("tells the peer, with the reason where it is text: %s", async (_, reason, text) => {
    const { channel, transport } = meet();
    const call = new TestCall();
    const answer = transport.exchange(request("mine"), call);
    call.abort(reason);
    await expect(answer).rejects.toMatchObject({ code: "aborted" });
    expect(channel.last).toStrictEqual(cancelled(1, text));
  });

  it("tells the peer when it is the signal of somebody else's call", async () => {
    const { channel, transport } = meet();
    const controller = new AbortController();
    const call = { signal: controller.signal, emit() {}, values: new TestCall().values };
    const answer = transport.exchange(request("mine"), call);
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toMatchObject({ code: "aborted", cause: { message: "enough" } });
    expect(channel.last).toEqual(cancelled(1, "enough"));
  });

  it("drops the answer and the progress that come too late, and tells of the answer", async () => {
    const { channel, transport, problems, told } = meet();
    const call = new TestCall();
    const answer = transport.exchange(withToken(1, "t"), call);
    call.abort("enough");
    await expect(answer).rejects.toMatchObject({ code: "aborted" });
    channel.deliver(progress(1));
    channel.deliver(result(1));
    expect([call.told, told, problems.length]).toEqual([[], [], 1]);
  });

  it("after its answer writes nothing", async () => {
    const { channel, transport } = meet();
    const call = new TestCall();
    const answer = transport.exchange(request(1), call);
    channel.deliver(result(1));
    await answer;
    call.abort("enough");
    call.abort("enough");
    expect(channel.sent).toHaveLength(1);
  });

  it("stops both requests when one call asked two peers", async () => {
    const [one, two] = [meet(), meet()];
    const call = new TestCall();
    const answers = [one, two].map(({ transport }) => transport.exchange(request(1), call));
    call.abort("enough");
    for (const answer of answers) await expect(answer).rejects.toMatchObject({ code: "aborted" });
    expect([one.channel.last, two.channel.last]).toEqual([cancelled(1, "enough"), cancelled(1, "enough")]);
  });
});

describe("a subscription", () => {
  it("gets the notifications with its id, and no others (STDIO-5, T-13)", () => {
    const { channel, transport, told } = meet();
    const calls = [new TestCall(), new TestCall()];
    for (const call of calls) void transport.exchange(request("mine", "subscriptions/listen"), call);
    channel.deliver(subscribed(2));
    channel.deliver(subscribed("1"));
    channel.deliver(subscribed(3));
    channel.deliver(subscribed(null));
    channel.deliver(notification("notifications/tools/list_changed", { _meta: {} }));
    expect(calls.map((call) => call.told.length)).toEqual([0, 1]);
    // What names a subscription that is none is dropped; what names none belongs to the connection.
    expect(told).toEqual([notification("notifications/tools/list_changed", { _meta: {} })]);
  });

  it("is ended by the peer's cancellation (T-12)", async () => {
    const { channel, transport } = meet();
    const answer = transport.exchange(request("mine", "subscriptions/listen"), new TestCall());
    channel.deliver(subscribed(1, "notifications/subscriptions/acknowledged"));
    channel.deliver(cancelled(1, "shutting down"));
    expect(await answer).toEqual(result("mine", {}));
    channel.deliver(subscribed(1));
    expect(channel.sent).toHaveLength(1);
  });

  it("is not ended by a cancellation of another id, and other requests never are", async () => {
    const { channel, transport } = meet();
    const listen = transport.exchange(request("listen", "subscriptions/listen"), new TestCall());
    const other = transport.exchange(request("other"), new TestCall());
    channel.deliver(subscribed(1));
    for (const id of ["1", 2, 3, null]) channel.deliver(cancelled(id));
    channel.deliver(result(2));
    channel.deliver(result(1));
    expect(await Promise.all([listen, other])).toEqual([result("listen"), result("other")]);
  });

  it("is not ended where the peer cancels its own request of the same id", async () => {
    const { channel, transport } = meet({ ask: () => new Promise(() => {}) });
    const listen = transport.exchange(request("listen", "subscriptions/listen"), new TestCall());
    channel.deliver(subscribed(1));
    channel.deliver(request(1));
    channel.deliver(cancelled(1));
    channel.deliver(result(1, "ended"));
    expect(await listen).toEqual(result("listen", "ended"));
  });
});
