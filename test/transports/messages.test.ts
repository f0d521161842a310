import { PassThrough, Writable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { Malformed, Serialized } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import { fromMessages, type MessageStreams } from "../../src/transports/index.ts";
import { carriesConversations, Inbox, inboxOf, made, survivesNoise } from "./conversation.ts";
import { Gate } from "./scene.ts";

/** An async iterable that is filled from outside. */
class Queue implements AsyncIterable<unknown> {
  readonly #inbox = new Inbox<{ value?: unknown; done: boolean }>();
  readonly stopped: Gate = new Gate();

  readonly put = (value: unknown): void => this.#inbox.put({ value, done: false });

  end(): void {
    this.#inbox.put({ done: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: () => this.#inbox.next() as Promise<IteratorResult<unknown>>,
      return: () => {
        this.stopped.open();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }
}

const note = { jsonrpc: "2.0", method: "notifications/x" } as const;

carriesConversations("a pair of web streams of objects", async () => {
  const [up, down] = [new TransformStream(), new TransformStream()];
  return {
    client: fromMessages({ readable: down.readable, writable: up.writable }),
    server: fromMessages({ readable: up.readable, writable: down.writable }),
  };
});

carriesConversations("a pair of web streams of texts", async () => {
  const [up, down] = [new TransformStream<string, string>(), new TransformStream<string, string>()];
  return {
    client: fromMessages({ readable: down.readable, writable: up.writable }, { text: true }),
    server: fromMessages({ readable: up.readable, writable: down.writable }, { text: true }),
  };
});

carriesConversations("a pair of Node streams of objects", async () => {
  const [up, down] = [new PassThrough({ objectMode: true }), new PassThrough({ objectMode: true })];
  return {
    client: fromMessages({ readable: down, writable: up }),
    server: fromMessages({ readable: up, writable: down }),
  };
});

carriesConversations("iterables and functions", async () => {
  const [up, down] = [new Queue(), new Queue()];
  const client = fromMessages({ readable: down, writable: up.put }, { text: true });
  const server = fromMessages({ readable: up, writable: { write: down.put, end: () => down.end() } });
  void client.closed.then(() => up.end());
  return { client, server };
});

survivesNoise("a pair of message streams", async () => {
  const up = new Queue();
  const sent = new Inbox<unknown>();
  return { server: fromMessages({ readable: up, writable: sent.put }), write: up.put, read: () => sent.next() };
});

describe("fromMessages", () => {
  it("reads parsed messages, texts and bytes", async () => {
    const up = new Queue();
    const inbox = inboxOf(fromMessages({ readable: up, writable: () => {} }));
    const text = JSON.stringify({ ...note, params: { text: "é😀" } });
    const bytes = new TextEncoder().encode(text);
    for (const item of [JSON.parse(text), text, bytes, bytes.buffer, Buffer.from(text)]) {
      up.put(item);
      expect(await inbox.next()).toEqual({ ...note, params: { text: "é😀" } });
    }
  });

  const cyclic: Record<string, unknown> = { ...note };
  cyclic["params"] = cyclic;
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const throwing = {
    get jsonrpc(): never {
      throw new Error("no");
    },
  };
  const noMessages: [title: string, item: unknown, code: number][] = [
    ["nothing", undefined, -32700],
    ["a function", () => {}, -32700],
    ["a cycle", cyclic, -32700],
    ["a BigInt", { ...note, params: { big: 1n } }, -32700],
    ["a getter that throws", throwing, -32700],
    ["nesting without end", { ...note, params: { deep } }, -32700],
    ["bytes that are no UTF-8 (SEC-14)", new Uint8Array([0x22, 0xff, 0x22]), -32700],
    ["a text with a byte order mark", `\uFEFF${JSON.stringify(note)}`, -32700],
    ["an empty text", "", -32700],
    ["null", null, -32600],
    ["a number", 7, -32600],
    ["an array", [note], -32600],
    ["a class that is no message", new Map([["jsonrpc", "2.0"]]), -32600],
    ["a member that stands twice", '{"jsonrpc":"2.0","method":"a","method":"b"}', -32600],
    ["65 levels", { ...note, params: JSON.parse(`{"a":${"[".repeat(63)}${"]".repeat(63)}}`) }, -32600],
  ];
  it.each(noMessages)("says what is wrong with %s", async (_, item, code) => {
    const up = new Queue();
    const inbox = inboxOf(fromMessages({ readable: up, writable: () => {} }));
    up.put(item);
    up.put(note);
    const malformed = await inbox.next();
    expect(malformed).toBeInstanceOf(Malformed);
    expect((malformed as Malformed).error.code).toBe(code);
    expect(await inbox.next()).toEqual(note);
  });

  it("takes 64 levels (SEC-4)", async () => {
    const up = new Queue();
    const inbox = inboxOf(fromMessages({ readable: up, writable: () => {} }));
    const message = { ...note, params: JSON.parse(`{"a":${"[".repeat(62)}${"]".repeat(62)}}`) };
    up.put(message);
    expect(await inbox.next()).toEqual(message);
  });

  it.each(["text", "bytes", "object"])("refuses a message that is too long, as %s", async (kind) => {
    const up = new Queue();
    const inbox = inboxOf(fromMessages({ readable: up, writable: () => {} }, { textLength: 60 }));
    const message = { ...note, params: { text: "x".repeat(60) } };
    const text = JSON.stringify(message);
    up.put(kind === "text" ? text : kind === "bytes" ? Buffer.from(text) : message);
    up.put(note);
    expect(await inbox.next()).toMatchObject({ error: { code: -32600, data: { limit: "textLength" } } });
    expect(await inbox.next()).toEqual(note);
  });

  it("gives what arrived to nobody else: the object stays its maker's", async () => {
    const up = new Queue();
    const inbox = inboxOf(fromMessages({ readable: up, writable: () => {} }));
    const message = { ...note, params: { list: [1] } };
    up.put(message);
    const taken = await inbox.next();
    message.params.list.push(2);
    expect(taken).toEqual({ ...note, params: { list: [1] } });
  });

  it("keeps __proto__ as plain data (SEC-13)", async () => {
    const up = new Queue();
    const inbox = inboxOf(fromMessages({ readable: up, writable: () => {} }));
    up.put(JSON.parse('{"jsonrpc":"2.0","method":"x","params":{"__proto__":{"polluted":true}}}'));
    const { params } = (await inbox.next()) as { params: Record<string, unknown> };
    expect(Object.keys(params)).toEqual(["__proto__"]);
    expect((params as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("sends plain objects that share nothing, or text", async () => {
    const sent: unknown[] = [];
    const params = { list: [1], gone: undefined };
    const streams = { readable: new Queue(), writable: (item: unknown) => void sent.push(item) };
    void (await made(fromMessages(streams))).send({ ...note, params });
    void (await made(fromMessages(streams, { text: true }))).send({ ...note, params });
    params.list.push(2);
    const plain = { ...note, params: { list: [1] } };
    expect(sent[0]).toStrictEqual(plain);
    expect(sent[1]).toBe(JSON.stringify(plain));
  });

  it("sends what was serialised before, short or long", async () => {
    const sent: unknown[] = [];
    const writable = (item: unknown): void => void sent.push(item);
    const channel = await made(fromMessages({ readable: new Queue(), writable }));
    const long = { text: "é".repeat(20_000) };
    void channel.send(Serialized.of(note));
    void channel.send({ jsonrpc: "2.0", id: 1, result: Serialized.of({ a: 1 }) });
    void channel.send({ jsonrpc: "2.0", id: 2, result: Serialized.of(long) });
    expect(sent).toEqual([note, { jsonrpc: "2.0", id: 1, result: { a: 1 } }, { jsonrpc: "2.0", id: 2, result: long }]);
  });

  it("answers -32603 for a result that is no JSON, and says why here (REL-51)", async () => {
    const sent: unknown[] = [];
    const problems: unknown[] = [];
    const streams = { readable: new Queue(), writable: (item: unknown) => void sent.push(item) };
    const channel = await made(fromMessages(streams, { onProblem: (problem) => problems.push(problem) }));
    void channel.send({ jsonrpc: "2.0", id: 1, result: { big: 1n } });
    expect(sent).toMatchObject([{ id: 1, error: { code: -32603 } }]);
    expect(problems).toEqual([expect.any(TypeError)]);
  });

  it("lets a writer that gives promises finish before the next message", async () => {
    const gates = [new Gate(), new Gate(), new Gate()];
    const begun: number[] = [];
    const writable = ({ id }: { id: number }): Promise<void> => {
      begun.push(id);
      return gates[id]?.passed ?? Promise.reject(new Error("no gate"));
    };
    const channel = await made(fromMessages({ readable: new Queue(), writable }));
    const rooms = [0, 1, 2].map((id) => channel.send({ jsonrpc: "2.0", id, result: {} }));
    expect(begun).toEqual([0]);
    gates[0]?.open();
    await rooms[0];
    expect(begun).toEqual([0, 1]);
    for (const gate of gates) gate.open();
    await rooms[2];
    expect(begun).toEqual([0, 1, 2]);
    await channel.close();
  });

  it("waits for drain of a Node stream that is full", async () => {
    const written: (() => void)[] = [];
    const full = new Writable({ objectMode: true, highWaterMark: 2, write: (_, __, done) => written.push(done) });
    const channel = await made(fromMessages({ readable: new Queue(), writable: full }));
    expect(channel.send(note)).toBeUndefined();
    const room = channel.send(note);
    expect(room).toBeInstanceOf(Promise);
    void channel.send(note);
    expect(full.writableLength).toBe(2);
    const proceed = setInterval(() => written.shift()?.());
    await room;
    await channel.close();
    clearInterval(proceed);
    expect(full.writableFinished).toBe(true);
  });

  it("waits for a web stream that is full", async () => {
    const { readable, writable } = new TransformStream();
    const channel = await made(fromMessages({ readable: new Queue(), writable }));
    const room = channel.send(note);
    expect(room).toBeInstanceOf(Promise);
    expect(await readable.getReader().read()).toEqual({ done: false, value: note });
    await room;
  });

  it("ends when its source ends, and still sends", async () => {
    const up = new Queue();
    const sent: unknown[] = [];
    const channel = fromMessages({ readable: up, writable: (item: unknown) => void sent.push(item) });
    channel.receive(() => {});
    up.end();
    expect(await channel.closed).toEqual({ kind: "end" });
    void channel.send(note);
    expect(sent).toEqual([note]);
    await channel.close();
    void channel.send(note);
    expect(sent).toEqual([note]);
  });

  it("closes once: after what was sent, both streams, and delivers nothing afterwards", async () => {
    const up = new Queue();
    const gate = new Gate();
    const sent: string[] = [];
    const writable = { write: () => gate.passed.then(() => sent.push("written")), end: () => sent.push("ended") };
    const channel = fromMessages({ readable: up, writable });
    const got: unknown[] = [];
    channel.receive((message) => got.push(message));
    void channel.send(note);
    void channel.send(note);
    const closing = [channel.close(), channel.close()];
    up.put(note);
    gate.open();
    await Promise.all(closing);
    await up.stopped.passed;
    expect(sent).toEqual(["written", "written", "ended"]);
    expect(got).toEqual([]);
    expect(await channel.closed).toEqual({ kind: "closed" });
  });

  it("closes although the writer never settles (REL-63)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const channel = fromMessages({ readable: new Queue(), writable: () => new Promise(() => {}) });
      const room = channel.send(note);
      const closing = channel.close();
      await vi.advanceTimersByTimeAsync(limits.flushTimeout);
      await closing;
      await room;
      expect(await channel.closed).toEqual({ kind: "closed" });
    } finally {
      vi.useRealTimers();
    }
  });

  const failure = new Error("broken");
  const failing: [title: string, make: () => MessageStreams][] = [
    [
      "a function that throws",
      () => ({
        readable: new Queue(),
        writable: () => {
          throw failure;
        },
      }),
    ],
    ["a function that rejects", () => ({ readable: new Queue(), writable: () => Promise.reject(failure) })],
    [
      "a web stream that fails",
      () => ({ readable: new Queue(), writable: new WritableStream({ write: () => Promise.reject(failure) }) }),
    ],
    [
      "a Node stream that fails",
      () => {
        const writable = new PassThrough({ objectMode: true });
        setImmediate(() => writable.destroy(failure));
        return { readable: new Queue(), writable };
      },
    ],
    [
      "a source that fails",
      () => ({
        readable: new ReadableStream({ start: (controller) => controller.error(failure) }),
        writable: () => {},
      }),
    ],
  ];
  it.each(failing)("says how %s broke it", async (_, make) => {
    const channel = fromMessages(make());
    channel.receive(() => {});
    await channel.send(note);
    await channel.send(note);
    expect(await channel.closed).toEqual({ kind: "error", error: failure });
    await channel.send(note);
    await channel.close();
  });

  it("lets nobody wait for a stream that was destroyed", async () => {
    const full = new PassThrough({ objectMode: true, highWaterMark: 1 });
    const channel = fromMessages({ readable: new Queue(), writable: full });
    const room = channel.send(note);
    full.destroy();
    await room;
    expect(await channel.closed).toMatchObject({ kind: "error" });
  });

  it("takes one object that is both streams", async () => {
    const both = new PassThrough({ objectMode: true });
    const inbox = inboxOf(fromMessages(both));
    both.write(note);
    expect(await inbox.next()).toEqual(note);
  });

  const wrong: [title: string, value: unknown][] = [
    ["nothing", undefined],
    ["an empty object", {}],
    ["half a pair", { readable: new Queue() }],
    ["a source that is an array", { readable: [], writable: () => {} }],
    ["a sink that cannot write", { readable: new Queue(), writable: {} }],
  ];
  it.each(wrong)("refuses %s", (_, value) => {
    expect(() => fromMessages(value as never)).toThrow(DefinitionError);
  });
});
