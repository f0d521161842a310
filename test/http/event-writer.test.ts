import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../src/limits.ts";
import { EventWriter, eventOf } from "../../src/server/http/event-writer.ts";
import { KeepAlive } from "../../src/server/http/keep-alive.ts";
import { TestSink } from "./test-sink.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settled = () => vi.advanceTimersByTimeAsync(0);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const event = (name: string) => `event: message\ndata: ${name}\n\n`;

describe("EventWriter", () => {
  it("sends what is written in one turn together, and each turn's for itself", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    expect(writer.write(event("a"))).toBeUndefined();
    void writer.write(event("b"));
    expect(sink.chunks).toEqual([]);
    await settled();
    expect(sink.chunks).toEqual([event("a") + event("b")]);
    void writer.write(event("c"));
    await settled();
    expect(sink.chunks.length).toBe(2);
  });

  it("sends a large text at once, and large bytes as they are, in order", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    void writer.write("a");
    void writer.write("b".repeat(100_000));
    expect(sink.chunks.length).toBe(1);
    const body = new Uint8Array(200_000).fill(120);
    void writer.write(eventOf({ head: "<", body, tail: ">" }));
    await settled();
    expect(sink.chunks[2]).toBe(body);
    expect(sink.text).toBe(`a${"b".repeat(100_000)}event: message\ndata: <${"x".repeat(200_000)}>\n\n`);
  });

  it("gives a promise while the reader is slow, which settles when it has read", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    sink.stall();
    void writer.write(event("a"));
    await settled();
    let read = false;
    const waited = writer.write(event("b"));
    expect(waited).toBeInstanceOf(Promise);
    void Promise.resolve(waited).then(() => (read = true));
    await settled();
    expect(read).toBe(false);
    sink.drain();
    await settled();
    expect(read).toBe(true);
    expect(writer.write(event("c"))).toBeUndefined();
  });

  it("merges progress while the reader is slow: the last one is written when it has read", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    sink.stall();
    void writer.write(event("a"));
    await settled();
    for (const n of [1, 2, 3])
      expect(writer.keepLatest(() => void writer.write(event(`p${n}`)))).toBeInstanceOf(Promise);
    await settled();
    expect(sink.text).toBe(event("a"));
    sink.drain();
    await settled();
    expect(sink.text).toBe(event("a") + event("p3"));
  });

  it("drops nothing else, and keeps the order: progress first, then what came behind it", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    sink.stall();
    void writer.write(event("a"));
    await settled();
    void writer.keepLatest(() => void writer.write(event("p1")));
    void writer.keepLatest(() => void writer.write(event("p2")));
    void writer.write(event("b"));
    void writer.keepLatest(() => void writer.write(event("p3")));
    writer.end();
    sink.drain();
    await settled();
    expect(sink.text).toBe(["a", "p2", "b", "p3"].map(event).join(""));
    expect(sink.end).toHaveBeenCalledTimes(1);
  });

  it("writes nothing after its end", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    writer.end();
    void writer.write(event("late"));
    void writer.keepLatest(() => void writer.write(event("late")));
    writer.keepAlive();
    writer.end();
    writer.abort();
    await settled();
    expect([sink.chunks.length, sink.end.mock.calls.length, sink.abort.mock.calls.length]).toEqual([0, 1, 0]);
  });

  it("says that it is alive with a comment, and to a slow reader nothing", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    writer.keepAlive();
    await settled();
    expect(sink.text).toBe(":\n\n");
    sink.stall();
    void writer.write(event("a"));
    await settled();
    writer.keepAlive();
    await settled();
    expect(sink.text).toBe(`:\n\n${event("a")}`);
  });

  it("cuts off a reader that takes nothing for stalledTimeout, and one that reads now and then not", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    const keepAlive = new KeepAlive();
    keepAlive.add(writer);
    for (let round = 0; round < 5; round++) {
      sink.stall();
      void writer.write(event("a"));
      await pass(limits.stalledTimeout - 1000);
      sink.drain();
      await settled();
    }
    expect(sink.abort).not.toHaveBeenCalled();
    sink.stall();
    void writer.write(event("b"));
    await pass(limits.stalledTimeout + limits.keepAlive + 1);
    expect(sink.abort).toHaveBeenCalledTimes(1);
    keepAlive.delete(writer);
  });

  it("cuts off a reader for which more than unsentLength waits, and never for one long event", async () => {
    const sink = new TestSink();
    const writer = new EventWriter(sink);
    sink.stall();
    void writer.write("x".repeat(limits.unsentLength * 2));
    expect(sink.abort).not.toHaveBeenCalled();
    void writer.write("x".repeat(100_000));
    expect(sink.abort).toHaveBeenCalledTimes(1);
  });
});

describe("KeepAlive", () => {
  it("has one timer for all, and none when there is nothing to show", async () => {
    const keepAlive = new KeepAlive();
    const alive = [1, 2].map(() => ({ place: -1, keepAlive: vi.fn<() => void>() }));
    for (const one of alive) keepAlive.add(one);
    expect(vi.getTimerCount()).toBe(1);
    await pass(limits.keepAlive);
    expect(alive.map((one) => one.keepAlive.mock.calls.length)).toEqual([1, 1]);
    for (const one of alive) keepAlive.delete(one);
    await pass(limits.keepAlive);
    expect(vi.getTimerCount()).toBe(0);
    expect(alive[0]?.keepAlive).toHaveBeenCalledTimes(1);
  });
});
