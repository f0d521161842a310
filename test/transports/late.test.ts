import { PassThrough, Writable } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Serialized } from "../../src/jsonrpc/index.ts";
import { fromMessages, fromStreams, messagePort } from "../../src/transports/index.ts";
import { inboxOf, made } from "./conversation.ts";

const note = (at: number) => ({ jsonrpc: "2.0", method: "notifications/x", params: { at } }) as const;

describe("a channel whose code is still being loaded", () => {
  it("sends what it got meanwhile, in order and as it was then, and what comes later after it", async () => {
    const sent: unknown[] = [];
    const channel = fromMessages({ readable: new PassThrough(), writable: (item: unknown) => void sent.push(item) });
    const first = { ...note(0), params: { at: 0 } };
    void channel.send(first);
    first.params.at = 9;
    void channel.send(new Serialized(JSON.stringify(note(1))));
    const room = channel.send({ jsonrpc: "2.0", id: 2, result: Serialized.of({ a: 1 }) });
    expect(room).toBeInstanceOf(Promise);
    expect(sent).toEqual([]);
    await room;
    expect(channel.send(note(3))).toBeUndefined();
    expect(sent).toEqual([note(0), note(1), { jsonrpc: "2.0", id: 2, result: { a: 1 } }, note(3)]);
    await channel.close();
  });

  it("sends what a listener sends as soon as it hears something after what was held back", async () => {
    const posted: unknown[] = [];
    const port = Object.assign(new EventTarget(), { postMessage: (message: unknown) => void posted.push(message) });
    const channel = messagePort(port);
    port.dispatchEvent(new MessageEvent("message", { data: note(0) }));
    channel.receive(() => void channel.send(note(2)));
    void channel.send(note(1));
    expect(posted).toEqual([]);
    await made(channel);
    expect(posted).toEqual([note(1), note(2)]);
  });

  it("makes a sender wait while the reader of what was held back is slow", async () => {
    let taken = (): void => {};
    const slow = new Promise<void>((resolve) => {
      taken = resolve;
    });
    const channel = fromMessages({ readable: new PassThrough(), writable: () => slow });
    let isFree = false;
    const room = Promise.resolve(channel.send(note(0))).then(() => {
      isFree = true;
    });
    await made(channel);
    expect(isFree).toBe(false);
    taken();
    await room;
    await channel.close();
  });

  it("refuses a request that is no JSON at once, and answers for a result that is none (REL-51)", async () => {
    const { port1, port2 } = new MessageChannel();
    const [here, there] = [messagePort(port1), messagePort(port2)];
    const inbox = inboxOf(there);
    expect(() => here.send({ jsonrpc: "2.0", id: 1, method: "x", params: { big: 1n } })).toThrow(TypeError);
    void here.send({ jsonrpc: "2.0", id: 2, result: { big: 1n } });
    expect(await inbox.next()).toMatchObject({ id: 2, error: { code: -32603 } });
    await here.close();
  });

  it("closes after what was sent before, and sends and delivers nothing afterwards", async () => {
    const sent: unknown[] = [];
    const channel = fromMessages({
      readable: (async function* () {
        yield note(7);
      })(),
      writable: { write: (item: unknown) => void sent.push(item), end: () => void sent.push("end") },
    });
    const got: unknown[] = [];
    channel.receive((message) => got.push(message));
    void channel.send(note(0));
    const closing = channel.close();
    void channel.send(note(1));
    await closing;
    expect(await channel.closed).toEqual({ kind: "closed" });
    expect([sent, got]).toEqual([[note(0), "end"], []]);

    const port = Object.assign(new EventTarget(), { postMessage: () => {} });
    const ports = messagePort(port);
    port.dispatchEvent(new MessageEvent("message", { data: note(8) }));
    ports.receive((message) => got.push(message));
    await ports.close();
    expect(got).toEqual([]);
  });

  it("hears of streams that break meanwhile", async () => {
    const readable = new PassThrough();
    const bytes = fromStreams({ readable, writable: new PassThrough() });
    readable.emit("error", new Error("bytes broke"));
    bytes.receive(() => {});
    expect(await bytes.closed).toMatchObject({ kind: "error", error: { message: "bytes broke" } });

    const writable = new Writable({ objectMode: true });
    const messages = fromMessages({ readable: new PassThrough({ objectMode: true }), writable });
    writable.destroy(new Error("messages broke"));
    expect(await messages.closed).toMatchObject({ kind: "error", error: { message: "messages broke" } });

    const { readable: web, writable: out } = new TransformStream<Uint8Array, Uint8Array>();
    const [channel, reader] = [fromStreams({ readable: new ReadableStream(), writable: out }), web.getReader()];
    await reader.cancel(new Error("nobody reads"));
    await channel.close();
    expect(await channel.closed).toEqual({ kind: "closed" });
  });

  it("hears of a port that closes meanwhile", async () => {
    const { port1, port2 } = new MessageChannel();
    const channel = messagePort(port2);
    port1.postMessage({ mcplex: "closed" });
    expect(await channel.closed).toEqual({ kind: "closed" });
  });
});
