import { once } from "node:events";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nodePipe, webPipe } from "../../src/jsonrpc/pipes/index.ts";
import { limits } from "../../src/limits.ts";
import { encoder, settled } from "./doubles.ts";

/** A writable that takes one chunk when the test says so. */
function slowWritable(): { writable: Writable; take: () => void; taken: string[] } {
  const taken: string[] = [];
  let done: (() => void) | undefined;
  const writable = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _, callback) {
      taken.push(chunk.toString());
      done = callback;
    },
  });
  return { writable, taken, take: () => done?.() };
}

describe("a pipe of Node streams", () => {
  it("gives a promise while the stream is full, and none while it is not", async () => {
    const { writable, take } = slowWritable();
    const pipe = nodePipe(new PassThrough(), writable);
    const room = pipe.write("a");
    expect(room).toBeInstanceOf(Promise);
    expect(pipe.write("b")).toBe(room);
    let free = false;
    void room?.then(() => {
      free = true;
    });
    take();
    await settled();
    expect(free).toBe(false);
    take();
    await room;
  });

  it("lets nobody wait for a stream that was destroyed, or that failed", async () => {
    for (const error of [undefined, new Error("EPIPE")]) {
      const { writable } = slowWritable();
      const pipe = nodePipe(new PassThrough(), writable);
      pipe.start(
        () => {},
        () => {},
      );
      const room = pipe.write("a");
      writable.destroy(error);
      await room;
      expect(pipe.write("b")).toBeUndefined();
    }
  });

  it("adds no listener with each wait (REL-62)", async () => {
    const { writable, take } = slowWritable();
    const pipe = nodePipe(new PassThrough(), writable);
    const count = (): number => writable.eventNames().reduce((sum, name) => sum + writable.listenerCount(name), 0);
    const before = count();
    for (let round = 0; round < 30; round++) {
      const room = pipe.write("x");
      take();
      await room;
    }
    expect(count()).toBe(before);
  });

  it("ends once, with the end of its source or the first error", async () => {
    const ends: unknown[] = [];
    const source = new PassThrough();
    nodePipe(source, new PassThrough()).start(
      () => {},
      (error) => ends.push(error),
    );
    source.end();
    await once(source, "close");
    expect(ends).toEqual([undefined]);

    const [reading, writing] = [new PassThrough(), new PassThrough()];
    nodePipe(reading, writing).start(
      () => {},
      (error) => ends.push(error),
    );
    const first = new Error("first");
    writing.destroy(first);
    await settled();
    reading.destroy(new Error("second"));
    await settled();
    expect(ends).toEqual([undefined, first]);
  });

  it("ends when its source was over before it started", async () => {
    const over = Readable.from([]);
    over.resume();
    await once(over, "close");
    const gone = new PassThrough();
    gone.destroy();
    for (const source of [over, gone]) {
      const ended = new Promise((resolve) => nodePipe(source, new PassThrough()).start(() => {}, resolve));
      expect(await ended).toBeUndefined();
    }
  });

  it("closes after what was written has left, and lets go of both streams", async () => {
    const { writable, take, taken } = slowWritable();
    const source = new PassThrough();
    const pipe = nodePipe(source, writable);
    pipe.start(
      () => {},
      () => {},
    );
    void pipe.write("a");
    void pipe.write("b");
    const closing = pipe.close();
    take();
    await settled();
    take();
    await closing;
    expect(taken).toEqual(["a", "b"]);
    expect([source.destroyed, writable.writableFinished]).toEqual([true, true]);
    await pipe.close();
  });
});

describe("a pipe of web streams", () => {
  it("gives a promise while the stream is full, and none while it is not", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
      {},
      new ByteLengthQueuingStrategy({ highWaterMark: 10 }),
      new ByteLengthQueuingStrategy({ highWaterMark: 10 }),
    );
    const pipe = webPipe(new ReadableStream(), writable);
    expect(pipe.write("x")).toBeUndefined();
    const room = pipe.write("x".repeat(100));
    expect(room).toBeInstanceOf(Promise);
    const reader = readable.getReader();
    await reader.read();
    await reader.read();
    await room;
  });

  it("ends with its source, or with what broke it", async () => {
    const failure = new Error("broken");
    const ending = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    const failing = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(failure) });
    for (const [source, error] of [[ending, undefined] as const, [failing, failure] as const]) {
      const ended = new Promise((resolve) => webPipe(source, new WritableStream()).start(() => {}, resolve));
      expect(await ended).toBe(error);
    }
    const writable = new WritableStream({ write: () => Promise.reject(failure) });
    const pipe = webPipe(new ReadableStream(), writable);
    const ended = new Promise((resolve) => pipe.start(() => {}, resolve));
    await pipe.write("x");
    expect(await ended).toBe(failure);
    await pipe.write("x");
    await pipe.close();
  });

  it("breaks when it is given text, which has lost its bytes", async () => {
    const source = new ReadableStream<string>({ start: (controller) => controller.enqueue("text\n") });
    const chunks: unknown[] = [];
    const pipe = webPipe(source as never, new WritableStream());
    const ended = new Promise((resolve) => pipe.start((chunk) => chunks.push(chunk), resolve));
    expect(await ended).toBeInstanceOf(TypeError);
    expect(chunks).toEqual([]);
  });

  it("closes after what was written has left", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    let cancelled = false;
    const pipe = webPipe(new ReadableStream({ cancel: () => void (cancelled = true) }), writable);
    void pipe.write("a");
    const closing = pipe.close();
    const taken: number[] = [];
    for await (const chunk of readable) taken.push(...chunk);
    await closing;
    expect([taken, cancelled]).toEqual([[...encoder.encode("a")], true]);
  });
});

describe("a pipe whose reader takes nothing", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("is closed when its patience is over (REL-63)", async () => {
    const { writable } = slowWritable();
    const source = new PassThrough();
    const web = new TransformStream<Uint8Array, Uint8Array>();
    const pipes = [nodePipe(source, writable), webPipe(new ReadableStream(), web.writable)];
    for (const pipe of pipes) void pipe.write("never taken");
    const closing = Promise.all(pipes.map((pipe) => pipe.close()));
    await vi.advanceTimersByTimeAsync(limits.flushTimeout);
    await closing;
    expect([source.destroyed, writable.destroyed]).toEqual([true, true]);
    const reader = web.readable.getReader();
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
