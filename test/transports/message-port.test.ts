import { MessageChannel as NodeMessageChannel } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { Malformed } from "../../src/jsonrpc/index.ts";
import { messagePort, type Port } from "../../src/transports/index.ts";
import { carriesConversations, Inbox, inboxOf, survivesNoise } from "./conversation.ts";

/** A port as browsers have it: it dispatches events, must be started, and does not tell when the other is closed. */
class BrowserPort extends EventTarget implements Port {
  other!: BrowserPort;
  started = false;
  closed = false;
  #waiting: unknown[] = [];

  static pair(): [BrowserPort, BrowserPort] {
    const [one, other] = [new BrowserPort(), new BrowserPort()];
    [one.other, other.other] = [other, one];
    return [one, other];
  }

  postMessage(message: unknown): void {
    if (this.closed) return;
    const data: unknown = structuredClone(message);
    setImmediate(() => this.other.#deliver(data));
  }

  start(): void {
    this.started = true;
    for (const data of this.#waiting.splice(0)) this.#deliver(data);
  }

  close(): void {
    this.closed = true;
  }

  #deliver(data: unknown): void {
    if (!this.started) this.#waiting.push(data);
    else if (!this.closed) this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

/** The two sides of a dedicated worker of a browser: neither has start(), and the inside has close(). */
function browserWorker(): { outside: Port; inside: Port & { ended: boolean } } {
  const [outer, inner] = BrowserPort.pair();
  outer.start();
  inner.start();
  const end = (port: BrowserPort): Port => ({
    postMessage: (message) => port.postMessage(message),
    addEventListener: (type, listener) => port.addEventListener(type, listener),
    removeEventListener: (type, listener) => port.removeEventListener(type, listener),
  });
  const inside = { ...end(inner), ended: false, close: () => void (inside.ended = true) };
  return { outside: end(outer), inside };
}

const note = { jsonrpc: "2.0", method: "notifications/x" } as const;

carriesConversations("a message channel", async () => {
  const { port1, port2 } = new MessageChannel();
  return { client: messagePort(port1), server: messagePort(port2) };
});

carriesConversations("a message channel with texts", async () => {
  const { port1, port2 } = new NodeMessageChannel();
  return { client: messagePort(port1, { text: true }), server: messagePort(port2, { text: true }) };
});

carriesConversations("a message channel of a browser", async () => {
  const [one, other] = BrowserPort.pair();
  return { client: messagePort(one), server: messagePort(other) };
});

carriesConversations("a worker of a browser", async () => {
  const { outside, inside } = browserWorker();
  return { client: messagePort(outside), server: messagePort(inside) };
});

survivesNoise("a message port", async () => {
  const { port1, port2 } = new NodeMessageChannel();
  const inbox = new Inbox<unknown>();
  port1.on("message", inbox.put);
  return {
    server: messagePort(port2),
    write: (item) => port1.postMessage(item),
    read: () => inbox.next(),
    release: () => port1.close(),
  };
});

describe("messagePort", () => {
  const window: Record<string, unknown> = { postMessage() {}, addEventListener() {} };
  window["window"] = window;
  const channel = new BroadcastChannel("mcplex");
  afterAll(() => channel.close());

  const wrong: [title: string, value: unknown, message: string][] = [
    ["nothing", undefined, "messagePort takes"],
    ["an empty object", {}, "messagePort takes"],
    ["what posts and does not listen", { postMessage() {} }, "messagePort takes"],
    ["a window", window, "window"],
    ["a BroadcastChannel", channel, "BroadcastChannel"],
  ];
  it.each(wrong)("refuses %s", (_, value, message) => {
    expect(() => messagePort(value as never)).toThrow(DefinitionError);
    expect(() => messagePort(value as never)).toThrow(message);
  });

  it("delivers what came before anybody listened, in order", async () => {
    const { outside, inside } = browserWorker();
    const [here, there] = [messagePort(outside), messagePort(inside)];
    const seen = new Inbox<unknown>();
    inside.addEventListener?.("message", seen.put);
    for (let id = 0; id < 3; id++) void here.send({ jsonrpc: "2.0", id, result: {} });
    for (let id = 0; id < 3; id++) await seen.next();
    const inbox = inboxOf(there);
    void here.send({ jsonrpc: "2.0", id: 3, result: {} });
    for (let id = 0; id < 4; id++) expect(await inbox.next()).toMatchObject({ id });
  });

  it("posts plain objects, or text", async () => {
    const { port1, port2 } = new NodeMessageChannel();
    const inbox = new Inbox<unknown>();
    port1.on("message", inbox.put);
    const objects = messagePort(port2);
    void objects.send(note);
    expect(await inbox.next()).toEqual(note);
    void messagePort(port2, { text: true }).send(note);
    expect(await inbox.next()).toBe(JSON.stringify(note));
    await objects.close();
  });

  it("tells the other side when it closes, and both ports are closed", async () => {
    const [one, other] = BrowserPort.pair();
    const [here, there] = [messagePort(one), messagePort(other)];
    const posted: unknown[] = [];
    other.addEventListener("message", (event) => posted.push((event as MessageEvent).data));
    void here.send(note);
    await here.close();
    await here.close();
    void here.send(note);
    expect(await there.closed).toEqual({ kind: "closed" });
    expect(posted).toEqual([note, { mcplex: "closed" }]);
    expect([one.closed, other.closed]).toEqual([true, true]);
  });

  it("ends when a Node port closes without a word", async () => {
    const { port1, port2 } = new NodeMessageChannel();
    const channel = messagePort(port2);
    port1.close();
    expect(await channel.closed).toEqual({ kind: "closed" });
  });

  it("leaves the inside of a worker running when it closes", async () => {
    const { inside } = browserWorker();
    const channel = messagePort(inside);
    await channel.close();
    expect(await channel.closed).toEqual({ kind: "closed" });
    expect(inside.ended).toBe(false);
  });

  it("takes what could not be cloned for unreadable", async () => {
    const [one] = BrowserPort.pair();
    const inbox = inboxOf(messagePort(one));
    one.dispatchEvent(new MessageEvent("messageerror"));
    const malformed = await inbox.next();
    expect(malformed).toBeInstanceOf(Malformed);
    expect(malformed).toMatchObject({ error: { code: -32700 } });
  });

  const odd: [title: string, data: unknown, code: number][] = [
    ["null", null, -32600],
    [
      "a cycle",
      (() => {
        const a: { a?: unknown } = {};
        a.a = a;
        return a;
      })(),
      -32700,
    ],
    ["a BigInt", { ...note, params: { big: 1n } }, -32700],
    ["a Map", new Map(), -32600],
  ];
  it.each(odd)("survives %s", async (_, data, code) => {
    const { port1, port2 } = new NodeMessageChannel();
    const channel = messagePort(port2);
    const inbox = inboxOf(channel);
    port1.postMessage(data);
    expect(await inbox.next()).toMatchObject({ error: { code } });
    await channel.close();
  });

  it("keeps __proto__ as plain data (SEC-13)", async () => {
    const { port1, port2 } = new NodeMessageChannel();
    const channel = messagePort(port2);
    const inbox = inboxOf(channel);
    port1.postMessage(JSON.parse('{"jsonrpc":"2.0","method":"x","params":{"__proto__":{"polluted":true}}}'));
    const { params } = (await inbox.next()) as { params: Record<string, unknown> };
    expect(Object.keys(params)).toEqual(["__proto__"]);
    expect((params as { polluted?: unknown }).polluted).toBeUndefined();
    await channel.close();
  });
});
