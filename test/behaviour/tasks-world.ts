import { z } from "zod";
import { deriveCall, type Middleware } from "../../src/jsonrpc/index.ts";
import type { Revision } from "../../src/protocol/index.ts";
import { Server } from "../../src/server/index.ts";
import { type Json, type KeyValue, memoryKeyValue } from "../../src/stores/index.ts";
import { tasks, type TasksOptions } from "../../src/tasks/index.ts";
import { MEMORY, MODERN } from "./bindings.ts";
import type { RawClient } from "./by-hand.ts";
import { Joint } from "./joint.ts";

const [memory] = MEMORY as [(typeof MEMORY)[0]];
const [newest] = MODERN as ["2026-07-28"];
export const LEASE = 60_000;
export const declaring = { extensions: { "io.modelcontextprotocol/tasks": {} }, elicitation: {} };
export const USER = "com.example/user";

/** Who asks is what the request says: good enough for a test. */
const byMeta: Middleware = (next) => (request, call) => {
  const user = (request.params?.["_meta"] as Record<string, unknown> | undefined)?.[USER];
  return next(request, typeof user === "string" ? deriveCall(call, { binding: { principal: { id: user } } }) : call);
};

/** A store that several processes share. */
export class Shared {
  ahead = 0;
  readonly #inner = memoryKeyValue({ now: () => Date.now() + this.ahead });

  /** The store as one process has it, and what ends that process: nothing that it does reaches the store any more. */
  process(turns: () => number = () => 1): { readonly store: KeyValue; end(): void } {
    let isOver = false;
    const later = async <T>(act: () => T): Promise<T> => {
      for (let turn = turns(); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
      return isOver ? new Promise<never>(() => {}) : structuredClone(await act());
    };
    const copy = (value: Json): Json => structuredClone(value) as Json;
    const inner = this.#inner;
    return {
      store: {
        get: (owner, key) => later(() => inner.get(owner, key)) as Promise<Json | undefined>,
        set: (owner, key, value, ttl) => later(() => inner.set(owner, key, copy(value), ttl)) as Promise<void>,
        add: (owner, key, value, ttl) => later(() => inner.add(owner, key, copy(value), ttl)) as Promise<boolean>,
        touch: (owner, key, ttl) => later(() => inner.touch(owner, key, ttl)) as Promise<boolean>,
        delete: (owner, key) => later(() => inner.delete(owner, key)) as Promise<boolean>,
      },
      end() {
        isOver = true;
      },
    };
  }

  /** The leases of processes that ended run out. */
  passes(): void {
    this.ahead += LEASE + 1;
  }
}

/** What the tools of all processes did. */
export interface World {
  readonly steps: string[];
  /** Called where a tool waits. */
  waits(where: string, signal: AbortSignal): Promise<void>;
}

export function serverOf(store: KeyValue, world: World, options: TasksOptions = {}): Server {
  const who = z.object({ name: z.string() });
  return new Server({ name: "s", version: "1" }, { onError: () => {}, logger: { warn() {}, error() {} } })
    .use(byMeta)
    .use(tasks({ store, lease: LEASE, pollInterval: 10, ...options }))
    .tool("once", { task: "optional" }, async (_, { signal }) => {
      await world.waits("once", signal);
      return "done";
    })
    .tool("again", { task: { resume: true }, input: z.object({ n: z.number() }) }, async ({ n }, context) => {
      const first = await context.once("first", () => {
        world.steps.push("first");
        return n * 2;
      });
      const { name } = await context.require("Who?", who);
      await world.waits("again", context.signal);
      const { name: other } = await context.require("And who?", who);
      return `${first} ${name} ${other}`;
    });
}

export const never = (): Promise<void> => new Promise(() => {});
export const accept = (name: string): object => ({ action: "accept", content: { name } });

export async function begin(raw: RawClient, name: string, args: object = {}, more: object = {}): Promise<string> {
  const { result } = await raw.request("tools/call", { name, arguments: args, ...more });
  return (result as { taskId: string }).taskId;
}

export async function until(raw: RawClient, taskId: string, ...statuses: string[]): Promise<any> {
  for (;;) {
    const { result } = await raw.request("tasks/get", { taskId });
    if (statuses.includes((result as { status: string }).status)) return result;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function within(body: (joint: Joint) => Promise<void>, revision: Revision = newest): Promise<void> {
  const joint = new Joint(memory, revision);
  try {
    await body(joint);
  } finally {
    await joint.close();
  }
  joint.verify();
}
