import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../src/limits.ts";
import { type Parts, Serialized, textOf } from "../../src/jsonrpc/index.ts";
import { EventWriter, eventOf } from "../../src/server/http/event-writer.ts";
import { BOTH } from "../../src/server/http/exchange.ts";
import { KeepAlive } from "../../src/server/http/keep-alive.ts";
import { ReplayStream } from "../../src/server/http/replay.ts";
import { type EventKeeper, type Replying, Reply, type StreamKeeper } from "../../src/server/http/reply.ts";
import { memoryLog } from "../../src/stores/index.ts";
import { TestSink } from "./test-sink.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settled = () => vi.advanceTimersByTimeAsync(0);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const notification = (method: string) => ({ jsonrpc: "2.0", method }) as const;
const progress = (value: number) =>
  new Serialized(
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":${value}}}`,
    "notifications/progress",
  );
const response = (id: number, result: unknown = {}) => ({ jsonrpc: "2.0", id, result }) as const;

interface Options extends Partial<Replying> {
  readonly keeper?: StreamKeeper;
  readonly batch?: number;
}

function replying({ keeper, batch, ...options }: Options = {}) {
  const sink = new TestSink();
  const problems: unknown[] = [];
  const report = (problem: unknown) => void problems.push(problem);
  const around = { keepAlive: new KeepAlive(), report };
  const reply = new Reply({ sink, headers: {}, accepted: BOTH, around, ...options }, keeper, batch);
  reply.begin();
  sink.onClose(() => reply.closed());
  return { sink, reply, problems };
}

describe("Reply", () => {
  it("is JSON when the response is the first thing", async () => {
    const { sink, reply } = replying();
    reply.finish(response(1), 200);
    await pass(limits.keepAlive * 3);
    expect(sink).toMatchObject({ replied: { status: 200, body: '{"jsonrpc":"2.0","id":1,"result":{}}' }, streams: 0 });
  });

  it("sends a large result in parts, and never as one text", () => {
    const { sink, reply } = replying();
    reply.finish(response(1, Serialized.of({ text: "x".repeat(100_000) })), 200);
    const { head, body, tail } = sink.replied!.body as Parts;
    expect(body).toBeInstanceOf(Uint8Array);
    expect(JSON.parse(head + new TextDecoder().decode(body) + tail)).toHaveProperty("result.text.length", 100_000);
  });

  it("REL: a result that cannot be serialised is -32603, and the author is told", () => {
    const { sink, reply, problems } = replying();
    reply.finish(response(1, { big: 1n }), 200);
    expect(JSON.parse(sink.replied?.body as string)).toMatchObject({ id: 1, error: { code: -32603 } });
    expect(problems.length).toBe(1);
  });

  it("HTTP-23: becomes a stream when the response is long in coming, and shows that it will come", async () => {
    const { sink, reply } = replying();
    await pass(limits.keepAlive * 2 + 1);
    expect(sink.streams).toBe(1);
    expect(sink.text).toMatch(/^:/);
    reply.finish(response(1), 200);
    await settled();
    expect(sink.text).toContain('"id":1');
    expect([sink.replied, sink.end.mock.calls.length]).toEqual([undefined, 1]);
  });

  it("waits in silence for who takes JSON alone", async () => {
    const { sink, reply } = replying({ accepted: { json: true, events: false } });
    await pass(limits.keepAlive * 10);
    expect(reply.send(progress(1))).toBeUndefined();
    reply.finish(response(1), 200);
    expect([sink.streams, sink.chunks.length, sink.replied?.status]).toEqual([0, 0, 200]);
  });

  it("merges progress of a slow reader, keeps the other messages, and ends with the response", async () => {
    const { sink, reply } = replying();
    void reply.send(notification("a"));
    sink.stall();
    await settled();
    void reply.send(notification("b"));
    await settled();
    for (const value of [1, 2, 3]) expect(reply.send(progress(value))).toBeInstanceOf(Promise);
    void reply.send(notification("c"));
    for (const value of [4, 5]) void reply.send(progress(value));
    reply.finish(response(1), 200);
    sink.drain();
    await settled();
    const told = [...sink.text.matchAll(/"method":"([abc])"|"progress":(\d)|"id":(1)/g)].map((found) => found[0]);
    expect(told).toEqual(['"method":"a"', '"method":"b"', '"progress":3', '"method":"c"', '"progress":5', '"id":1']);
  });

  it("does not merge progress that a fast reader reads", async () => {
    const { sink, reply } = replying();
    for (const value of [1, 2, 3]) void reply.send(progress(value));
    await settled();
    expect([...sink.text.matchAll(/"progress":(\d)/g)].map((found) => found[1])).toEqual(["1", "2", "3"]);
  });

  it("LHTTP-4: ids of events stand on the wire in their order, also where progress was kept back", async () => {
    let last = 0;
    const events: EventKeeper = {
      name: "s",
      write: (data, reader) => reader?.write(`id: s.${++last}\n${eventOf(textOf(data)) as string}`),
      keep: () => {},
    };
    const { sink, reply } = replying({ keeper: { polls: false, opened: () => events, ended: () => {} } });
    void reply.send(notification("a"));
    sink.stall();
    await settled();
    void reply.send(notification("b"));
    await settled();
    for (const value of [1, 2]) void reply.send(progress(value));
    void reply.send(notification("c"));
    void reply.send(progress(3));
    reply.finish(response(1), 200);
    sink.drain();
    await settled();
    expect([...sink.text.matchAll(/^id: s\.(\d)/gm)].map((found) => found[1])).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  it("LHTTP-4: what is numbered leaves before what closes the connection, in the same turn", async () => {
    const events = new ReplayStream(memoryLog(), "owner", "session", () => {});
    const { sink, reply } = replying({ keeper: { polls: true, opened: () => events, ended: () => {} } });
    void reply.send(notification("a"));
    reply.disconnect(5);
    expect(sink.text).toMatch(/"a".*\n\nretry: 5\n\n$/s);
    expect(sink.end).toHaveBeenCalledTimes(1);
    const second = new TestSink();
    reply.resume(new EventWriter(second));
    void reply.send(notification("b"));
    reply.finish(response(1), 200);
    expect(second.text).toMatch(/^id: .*\.2\n.*"b".*\n\nid: .*\.3\n.*"result"/s);
    expect(second.end).toHaveBeenCalledTimes(1);
  });

  it("sends nothing to a reader that has gone, nor after the response", async () => {
    const { sink, reply } = replying();
    void reply.send(notification("a"));
    await settled();
    sink.leave();
    void reply.send(notification("b"));
    reply.finish(response(1), 200);
    void reply.send(notification("c"));
    reply.finish(response(2), 200);
    await pass(limits.keepAlive * 3);
    expect(sink.text).not.toMatch(/"[bc]"|result/);
    expect(sink.replied).toBeUndefined();
  });

  it("of a batch is a list of all responses, or a stream that has all of them", async () => {
    const list = replying({ batch: 2 });
    list.reply.finish(response(1), 200);
    expect(list.sink.replied).toBeUndefined();
    list.reply.finish(response(2), 200);
    expect(JSON.parse(list.sink.replied?.body as string)).toEqual([response(1), response(2)]);
    const { sink, reply } = replying({ batch: 3 });
    reply.finish(response(1), 200);
    void reply.send(notification("a"));
    reply.abort();
    reply.finish(response(3), 200);
    await settled();
    expect([...sink.text.matchAll(/"id":(\d)/g)].map((found) => found[1])).toEqual(["1", "3"]);
    expect(sink.end).toHaveBeenCalledTimes(1);
  });
});
