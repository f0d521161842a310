import { describe, expect, it, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import { Server, type ServerOptions } from "../../src/server/index.ts";
import { memoryPubSub, type PubSub } from "../../src/stores/index.ts";
import { everywhere, inMemory, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import type { Joint } from "./joint.ts";
import { changes, listen } from "./subscribing.ts";

/** One of several processes of the same server. */
const process = (joint: Joint, options: ServerOptions): Server =>
  joint
    .server(options)
    .tool("t", {}, () => "x")
    .prompt("p", {}, () => "x")
    .resource("r:1", () => "x");

/** Two of them. */
function two(joint: Joint, pubsub: PubSub): [Server, Server] {
  return [process(joint, { changes: { pubsub } }), process(joint, { changes: { pubsub } })];
}

/** A PubSub whose parts a test can break or hold. */
class Wire implements PubSub {
  readonly inner: PubSub = memoryPubSub();
  readonly published: string[] = [];
  subscribed = 0;
  broken: Error | undefined;
  held: Promise<void> | undefined;

  async publish(owner: string, topic: string, text: string): Promise<void> {
    if (this.broken !== undefined) throw this.broken;
    this.published.push(`${owner} ${topic}`);
    await this.inner.publish(owner, topic, text);
  }

  async subscribe(owner: string, topic: string, listener: (text: string) => void): Promise<() => Promise<void>> {
    await this.held;
    if (this.broken !== undefined) throw this.broken;
    this.subscribed++;
    const end = await this.inner.subscribe(owner, topic, listener);
    return async () => {
      this.subscribed--;
      await end();
    };
  }
}

/** Lets everything that is under way in this process happen. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe("changes in another process of the server", () => {
  everywhere("reach who listens here, once", { remembers: true }, async (joint) => {
    const [here, there] = two(joint, memoryPubSub());
    const client = await joint.connect(here);
    there.capabilities();
    const subscription = await client.listen({
      toolsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ["r:1"],
    });
    // An older server tells of nothing before it has heard that the client is ready.
    await client.ping();
    const iterator = subscription[Symbol.asyncIterator]();
    for (const server of [there, here]) {
      server.updated("r:1");
      expect((await iterator.next()).value).toEqual({ type: "resource", uri: "r:1" });
      server.listChanged("resources");
      expect((await iterator.next()).value).toEqual({ type: "resources" });
      server.tools.disable("t");
      expect((await iterator.next()).value).toEqual({ type: "tools" });
    }
    await client.ping();
    const told = joint.tap.from("server").filter((message) => "method" in message && message.method !== ACKNOWLEDGED);
    expect(told.filter((message) => "method" in message && /changed|updated/.test(message.method))).toHaveLength(6);
    await iterator.return?.();
  });

  inMemory("are no changes of another server", REVISIONS, async (joint) => {
    const pubsub = memoryPubSub();
    const here = process(joint, { changes: { pubsub } });
    const other = new Server({ name: "other", version: "1" }, { changes: { pubsub } });
    const named = process(joint, { changes: { pubsub, topic: "mine" } });
    const client = await joint.connect(here);
    const subscription = await client.listen({ resourceSubscriptions: ["r:1"] });
    other.updated("r:1");
    named.updated("r:1");
    await settle();
    subscription.close();
    expect(await all(subscription)).toEqual([]);
  });

  inMemory("T-14: none is lost while the server begins to hear of them", MODERN, async (joint) => {
    const pubsub = new Wire();
    let release = (): void => {};
    pubsub.held = new Promise((resolve) => {
      release = resolve;
    });
    const [here, there] = two(joint, pubsub);
    const raw = await joint.raw(here);
    const acknowledged = listen(raw, { resourceSubscriptions: ["r:1"] }, 7);
    await settle();
    here.updated("r:1");
    await raw.settle();
    expect(raw.received.filter((message) => "method" in message)).toEqual([]);
    release();
    await acknowledged;
    await raw.notifications("notifications/resources/updated");
    there.updated("r:1");
    await raw.notifications("notifications/resources/updated", 2);
    await raw.settle();
    expect(changes(raw)).toHaveLength(2);
  });

  inMemory("are listened to while anybody here listens", REVISIONS, async (joint) => {
    const pubsub = new Wire();
    const [here] = two(joint, pubsub);
    const raw = await joint.connect(here);
    const [one, two_] = [await raw.listen({ toolsListChanged: true }), await raw.listen({ promptsListChanged: true })];
    await settle();
    expect(pubsub.subscribed).toBe(1);
    one.close();
    await settle();
    expect(pubsub.subscribed).toBe(1);
    two_.close();
    await raw.close();
    await settle();
    expect(pubsub.subscribed).toBe(0);
  });

  inMemory("a server that starts tells nobody of what it starts with", MODERN, async (joint) => {
    const pubsub = new Wire();
    const [here] = two(joint, pubsub);
    await settle();
    expect(pubsub.published).toEqual([]);
    here.capabilities();
    here.tools.disable("t");
    await settle();
    expect(pubsub.published).toEqual([" mcplex:changes:test-server"]);
  });
});

describe("a PubSub that fails", () => {
  inMemory("is reported, and who listens here is served all the same", REVISIONS, async (joint) => {
    const pubsub = new Wire();
    pubsub.broken = new Error("no network");
    const [here, there] = two(joint, pubsub);
    const client = await joint.connect(here);
    const subscription = await client.listen({ resourceSubscriptions: ["r:1"] });
    await client.ping();
    here.updated("r:1");
    expect(await all(subscription, 1)).toEqual([{ type: "resource", uri: "r:1" }]);
    await settle();
    expect(new Set(joint.reports)).toEqual(new Set([pubsub.broken]));
    pubsub.broken = undefined;
    const again = await client.listen({ resourceSubscriptions: ["r:1"] });
    await client.ping();
    await settle();
    there.updated("r:1");
    expect(await all(again, 1)).toEqual([{ type: "resource", uri: "r:1" }]);
  });

  inMemory("and one that never answers", ["2025-11-25", "2026-07-28"], async (joint) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const pubsub = new Wire();
      pubsub.held = new Promise(() => {});
      const [here] = two(joint, pubsub);
      const client = await joint.connect(here);
      const listening = client.listen({ resourceSubscriptions: ["r:1"] });
      // What brings changes from elsewhere is loaded meanwhile.
      for (let at = 0; at < 500 && joint.reports.length === 0; at++) {
        await vi.advanceTimersByTimeAsync(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const subscription = await listening;
      here.updated("r:1");
      expect(await all(subscription, 1)).toEqual([{ type: "resource", uri: "r:1" }]);
      expect(joint.reports[0]).toMatchObject({ name: "LocalError", code: "timeout" });
    } finally {
      vi.useRealTimers();
    }
  });

  inMemory("and one that brings what is no change", MODERN, async (joint) => {
    const pubsub = memoryPubSub();
    const [here] = two(joint, pubsub);
    const client = await joint.connect(here);
    const subscription = await client.listen({ resourceSubscriptions: ["r:1"] });
    const topic = "mcplex:changes:test-server";
    const bad = ["", "null", "{}", '{"change":5}', '{"change":{"method":1}}', '{"change":{"method":"a","params":[]}}'];
    for (const text of bad) void pubsub.publish("", topic, text);
    expect(joint.reports).toHaveLength(bad.length);
    expect(joint.reports[0]).toMatchObject({ message: expect.stringContaining(topic) });
    subscription.close();
    expect(await all(subscription)).toEqual([]);
  });
});

describe("the option changes", () => {
  const info = { name: "s", version: "1" };

  it.each([
    [{}, "pubsub"],
    [{ pubsub: {} }, "pubsub"],
    [{ pubsub: memoryPubSub(), topic: "" }, "topic"],
    [{ pubsub: memoryPubSub(), topics: "x" }, "topics"],
  ])("%j is refused", (changed, named) => {
    const define = (): Server => new Server(info, { changes: changed as never });
    expect(define).toThrow(DefinitionError);
    expect(define).toThrow(named);
  });
});

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
