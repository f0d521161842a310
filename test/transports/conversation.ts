/** What every transport must carry, in a stateless revision and in one with a handshake. */
import { afterEach, describe, expect, it } from "vitest";
import { Client, type Connectable } from "../../src/client/index.ts";
import type { Channel, Malformed, Message } from "../../src/jsonrpc/index.ts";
import { type ServeOptions, type Serving, serve } from "../../src/server/index.ts";
import { Scene, UNICODE } from "./scene.ts";

export const REVISIONS = ["2026-07-28", "2025-11-25"] as const;

/** Two ends that are joined, and what ends the things that carry them. */
export interface Pair {
  readonly client: Connectable;
  readonly server: Connectable;
  readonly release?: () => unknown;
}

/** One end as a channel and the other in the hand of the test: what it writes arrives as it is. */
export interface RawPair {
  readonly server: Channel;
  write(this: void, item: string): void;
  /** The next message that the server sent, parsed. */
  read(this: void): Promise<unknown>;
  readonly release?: () => unknown;
}

/** A channel when what it is made of has been loaded: from then on it does everything at once. */
export async function made(channel: Channel): Promise<Channel> {
  await import("../../src/transports/channels.ts");
  await new Promise((resolve) => setImmediate(resolve));
  return channel;
}

/** Keeps what arrives, and gives it one by one to whoever waits. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  readonly put = (item: T): void => {
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  };

  next(): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift() as T);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Declares the tests of one transport. */
export function carriesConversations(name: string, open: () => Promise<Pair>): void {
  describe.each(REVISIONS)(`${name} carries a conversation in %s`, (revision) => {
    let pair: Pair;
    let serving: Serving;
    let client: Client;

    async function meet(scene: Scene, options: ServeOptions = {}): Promise<void> {
      pair = await open();
      serving = serve(scene.server, pair.server, options);
      client = await Client.connect(pair.client, {
        revisions: [revision],
        on: { "elicitation/create": () => ({ action: "accept", content: { name: UNICODE } }) },
      });
    }

    afterEach(async () => {
      await client.close();
      await serving.close();
      await pair.release?.();
    });

    it("calls, with text of every kind", async () => {
      await meet(new Scene());
      expect(client.version).toBe(revision);
      expect(await client.call("echo", { text: UNICODE })).toBe(UNICODE);
      expect(await client.call("echo", { text: "" })).toBe("");
    });

    it("brings progress in order, before the result", async () => {
      await meet(new Scene());
      const seen: number[] = [];
      const result = await client.call("count", { to: 100 }, { onProgress: ({ progress }) => seen.push(progress) });
      expect(result).toBe("counted");
      expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    });

    it("cancels (REL-31)", async () => {
      const scene = new Scene();
      await meet(scene);
      const abort = new AbortController();
      const call = client.call("wait", {}, { signal: abort.signal });
      await scene.started.passed;
      abort.abort(new Error("enough"));
      await expect(call).rejects.toMatchObject({ name: "LocalError", code: "aborted" });
      expect(await scene.stopped.passed).toMatchObject({ code: "aborted", message: "enough" });
      expect(await client.call("echo", { text: "still here" })).toBe("still here");
    });

    it("keeps the order of 300 requests sent at once", async () => {
      const scene = new Scene();
      await meet(scene);
      const numbers = Array.from({ length: 300 }, (_, number) => number);
      const answers = await Promise.all(numbers.map((number) => client.call("note", { number })));
      expect(scene.order).toEqual(numbers);
      expect(answers).toEqual(numbers.map(String));
    });

    it("carries a megabyte each way", async () => {
      await meet(new Scene());
      const text = "é😀xy".repeat(180_000);
      expect((await client.call("echo", { text })) === text).toBe(true);
    });

    it.each(revision === "2025-11-25" ? ["question"] : [])("carries a %s of the server", async () => {
      await meet(new Scene());
      expect(await client.call("ask")).toBe(UNICODE);
    });

    it("is closed by the client: what waits rejects, and both sides learn of it (REL-44)", async () => {
      const scene = new Scene();
      await meet(scene);
      const call = client.call("wait");
      await scene.started.passed;
      const closing = client.close();
      await expect(call).rejects.toMatchObject({ name: "LocalError", code: "closed" });
      await closing;
      expect(await client.closed).toEqual({ kind: "closed" });
      expect(["closed", "end"]).toContain((await serving.closed).kind);
      await expect(client.call("echo", { text: "late" })).rejects.toMatchObject({ code: "closed" });
      await client.close();
    });

    it("is closed by the server: what can end is answered, and both sides learn of it", async () => {
      const scene = new Scene();
      await meet(scene);
      const call = client.call("wait");
      await scene.started.passed;
      const closing = serving.close();
      expect(await call).toBe("waited");
      await closing;
      expect(await serving.closed).toEqual({ kind: "closed" });
      expect(["closed", "end"]).toContain((await client.closed).kind);
      await expect(client.call("echo", { text: "late" })).rejects.toMatchObject({ code: "closed" });
      await serving.close();
    });

    it("is closed by the server: what does not end rejects (REL-44)", async () => {
      const scene = new Scene();
      await meet(scene, { graceTimeout: 1 });
      const call = client.call("hang");
      await scene.started.passed;
      const closing = serving.close();
      await expect(call).rejects.toMatchObject({ name: "LocalError", code: "closed" });
      expect(await scene.stopped.passed).toMatchObject({ code: "closed" });
      await closing;
    });
  });
}

/** Declares the tests of what one transport does with what is no message. */
export function survivesNoise(name: string, open: () => Promise<RawPair>): void {
  it(`${name} answers what is no message, and lives on (REL-1, SEC-1)`, async () => {
    const pair = await open();
    const { write, read } = pair;
    const serving = serve(new Scene().server, pair.server);
    write("hello");
    expect(await read()).toEqual({ jsonrpc: "2.0", error: { code: -32700, message: expect.any(String) } });
    write("[]");
    expect(await read()).toMatchObject({ error: { code: -32600 } });
    write('{"jsonrpc":"1.0","id":7,"method":"ping"}');
    expect(await read()).toMatchObject({ id: 7, error: { code: -32600 } });
    write(`{"jsonrpc":"2.0","id":8,"method":"ping","params":${"[".repeat(64)}${"]".repeat(64)}}`);
    expect(await read()).toMatchObject({ id: 8, error: { code: -32600, data: { limit: "depth" } } });
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
    write(JSON.stringify({ jsonrpc: "2.0", id: "", method: "initialize", params }));
    expect(await read()).toMatchObject({ id: "", result: { protocolVersion: "2025-11-25" } });
    await serving.close();
    await pair.release?.();
  });
}

/** What a channel delivers. */
export function inboxOf(channel: Channel): Inbox<Message | Malformed> {
  const inbox = new Inbox<Message | Malformed>();
  channel.receive(inbox.put);
  return inbox;
}
