import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Server } from "../../src/server/index.ts";
import type { KeyValue } from "../../src/stores/index.ts";
import { tasks, type TasksOptions } from "../../src/tasks/index.ts";
import type { RawClient } from "./by-hand.ts";
import { allowTasks } from "./task-schema.ts";
import { accept, begin, declaring, never, serverOf, Shared, until, within, type World } from "./tasks-world.ts";

allowTasks();

const who = z.object({ name: z.string() });

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A server whose tool waits to be told, and asks. */
function asking(store: KeyValue, told: Promise<unknown>, options: TasksOptions = {}): Server {
  return new Server({ name: "s", version: "1" }, { onError: () => {}, logger: { warn() {}, error() {} } })
    .use(tasks({ store, lease: 60_000, pollInterval: 10, ...options }))
    .tool("asks", { task: "optional" }, async (_, context) => {
      await told;
      const answer = await context.require("Who?", who).catch(() => undefined);
      if (answer === undefined) await never();
      return `Hello ${answer?.name}`;
    });
}

/** Many turns, in which whatever needs no timer comes to its end. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function answer(raw: RawClient, taskId: string, name: string): Promise<void> {
  const { inputRequests } = await until(raw, taskId, "input_required");
  const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, accept(name)]));
  await raw.request("tasks/update", { taskId, inputResponses });
}

describe("a store that fails", () => {
  it("TASK-3: while a question is taken away leaves no task that stays open", () =>
    within(async (joint) => {
      const { store } = new Shared().process();
      let fails = false;
      const failing: KeyValue = {
        ...store,
        set: (...given) => (fails ? Promise.reject(new Error("down")) : store.set(...given)),
      };
      const server = asking(failing, never()).tool("trusts", { task: "optional" }, async (_, context) => {
        return (await context.require("Who?", who)).name;
      });
      const raw = await joint.raw(server, declaring);
      const taskId = await begin(raw, "trusts");
      await until(raw, taskId, "input_required");
      fails = true;
      await answer(raw, taskId, "Ada");
      // What could not be remembered is a failure of the tool, and is told as such.
      expect((await until(raw, taskId, "completed", "failed")).result).toMatchObject({ isError: true });
    }));

  it("TASK-3: a question that could not be written is none that waits", () =>
    within(async (joint) => {
      const { store } = new Shared().process();
      let fails = false;
      const failing: KeyValue = {
        ...store,
        set: (...given) => (fails ? Promise.reject(new Error("down")) : store.set(...given)),
      };
      const asks = gate();
      const server = asking(failing, Promise.resolve()).tool("tries", { task: "optional" }, async (_, context) => {
        await asks.opened;
        await expect(context.require("Who?", who)).rejects.toThrow();
        fails = false;
        await context.once("step", () => 1);
        return never() as Promise<never>;
      });
      const raw = await joint.raw(server, declaring);
      const taskId = await begin(raw, "tries");
      fails = true;
      asks.open();
      await turns();
      expect((await until(raw, taskId, "working", "input_required")).status).toBe("working");
    }));
});

describe("a process that ends between two steps", () => {
  it("TASK-6: does not take an answer with it", () =>
    within(async (joint) => {
      const shared = new Shared();
      const gone = shared.process();
      const world: World = { steps: [], waits: async () => {} };
      const { store } = gone;
      const ending: KeyValue = {
        ...store,
        async set(owner, key, value, ttl) {
          await store.set(owner, key, value, ttl);
          const { keys, asked } = value as { readonly keys: number; readonly asked: object };
          if (keys === 1 && Object.keys(asked).length === 0) gone.end();
        },
      };
      const one = await joint.raw(serverOf(ending, world), declaring);
      const taskId = await begin(one, "again", { n: 2 });
      const { inputRequests } = await until(one, taskId, "input_required");
      const [key = ""] = Object.keys(inputRequests);
      one.send(one.compose("tasks/update", { taskId, inputResponses: { [key]: accept("Ada") } }));
      await turns();
      shared.passes();
      const two = await joint.raw(serverOf(shared.process().store, world), declaring);
      const asked = Object.values<any>((await until(two, taskId, "input_required")).inputRequests);
      expect(asked.map(({ params }) => params.message)).toEqual(["And who?"]);
    }));
});

describe("TASK-5: a task whose time is over", () => {
  it("is not worked on again, whatever the clock of the store says", () =>
    within(async (joint) => {
      const shared = new Shared();
      const begun: unknown[] = [];
      const ended = gate();
      const server = asking(shared.process().store, never()).tool(
        "goes on",
        { task: { resume: true, ttl: 60 } },
        async (_, { signal }) => {
          begun.push(signal);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          ended.open();
          return "late";
        },
      );
      const raw = await joint.raw(server, declaring);
      const taskId = await begin(raw, "goes on");
      shared.ahead = -60_000;
      await ended.opened;
      await turns();
      expect((await raw.refused("tasks/get", { taskId })).code).toBe(-32602);
      expect(begun).toHaveLength(1);
    }));
});

describe("a process that was taken for gone, and was not", () => {
  it("writes nothing more of the task", () =>
    within(async (joint) => {
      const shared = new Shared();
      const steps: string[] = [];
      const late = gate();
      const server = (name: string, store: KeyValue): Server =>
        asking(store, never(), { lease: 300 }).tool("goes on", { task: { resume: true } }, async (_, context) => {
          await context.require("Who?", who).catch(() => {});
          await context.once("step", () => {
            steps.push(name);
            if (name === "one") late.open();
            return name;
          });
          return context.once("name", () => name);
        });
      const one = await joint.raw(server("one", shared.process().store), declaring);
      const taskId = await begin(one, "goes on");
      await until(one, taskId, "input_required");
      shared.passes();
      const gone = shared.process();
      const two = await joint.raw(server("two", gone.store), declaring);
      await until(two, taskId, "input_required");
      await late.opened;
      await turns();
      gone.end();
      shared.passes();
      const three = await joint.raw(server("three", shared.process().store), declaring);
      await answer(three, taskId, "Ada");
      await until(three, taskId, "completed");
      expect(steps).toEqual(["one", "three"]);
    }));
});

describe("TASK-3: nothing is told of a task after its end", () => {
  const statuses = async (raw: RawClient): Promise<unknown[]> => {
    await turns();
    await raw.settle();
    return (await raw.notifications("notifications/tasks", 1)).map(({ params }) => params?.["status"]);
  };

  it("where a question was being written when it was cancelled", () =>
    within(async (joint) => {
      const { store } = new Shared().process();
      const [asks, writes] = [gate(), gate()];
      let holds = false;
      const slow: KeyValue = {
        ...store,
        async set(...given) {
          if (holds) await writes.opened;
          return store.set(...given);
        },
      };
      const raw = await joint.raw(asking(slow, asks.opened), declaring);
      const taskId = await begin(raw, "asks");
      raw.send(raw.compose("subscriptions/listen", { notifications: { taskIds: [taskId] } }, "listen"));
      await raw.notifications("notifications/subscriptions/acknowledged");
      holds = true;
      asks.open();
      await turns();
      await raw.request("tasks/cancel", { taskId });
      writes.open();
      expect(await statuses(raw)).toEqual(["cancelled"]);
    }));

  it("where what is left of its handler asks", () =>
    within(async (joint) => {
      const { store } = new Shared().process();
      const [ends, asks] = [gate(), gate()];
      const server = asking(store, never()).tool("leaves", { task: "optional" }, async (_, context) => {
        void asks.opened.then(() => context.require("Who?", who)).catch(() => {});
        await ends.opened;
        return "done";
      });
      const raw = await joint.raw(server, declaring);
      const taskId = await begin(raw, "leaves");
      raw.send(raw.compose("subscriptions/listen", { notifications: { taskIds: [taskId] } }, "listen"));
      await raw.notifications("notifications/subscriptions/acknowledged");
      ends.open();
      await until(raw, taskId, "completed");
      asks.open();
      expect(await statuses(raw)).toEqual(["completed"]);
    }));
});

describe("LTASK-3: who waits for the outcome of a task", () => {
  const older = "2025-11-25";
  const make = async (raw: RawClient, name = "asks"): Promise<string> => {
    const { result } = await raw.request("tools/call", { name, arguments: {}, task: {} });
    return (result as { task: { taskId: string } }).task.taskId;
  };

  it("is answered when the time of the task is over", () =>
    within(async (joint) => {
      const { store } = new Shared().process();
      const server = asking(store, Promise.resolve(), { ttl: 60 }).tool("stays", { task: "optional" }, (_, context) => {
        return new Promise<string>((resolve) => context.signal.addEventListener("abort", () => resolve("late")));
      });
      const raw = await joint.raw(server, {});
      const taskId = await make(raw, "stays");
      expect((await raw.refused("tasks/result", { taskId })).code).toBe(-32602);
    }, older));

  it("is asked what the task asks while it is looked at", () =>
    within(async (joint) => {
      const { store } = new Shared().process();
      const [asks, reads] = [gate(), gate()];
      let held = 0;
      const slow: KeyValue = {
        ...store,
        async get(...given) {
          const value = await store.get(...given);
          if (held-- > 0) await reads.opened;
          return value;
        },
      };
      const raw = await joint.raw(asking(slow, asks.opened), { elicitation: {} });
      raw.on("elicitation/create", () => accept("Ada"));
      const taskId = await make(raw);
      held = 2;
      const given = raw.request("tasks/result", { taskId });
      await turns();
      asks.open();
      await turns();
      reads.open();
      expect((await given).result).toMatchObject({ content: [{ text: "Hello Ada" }] });
    }, older));

  it("is asked when who was asked before waits no more", () =>
    within(async (joint) => {
      const server = asking(new Shared().process().store, Promise.resolve());
      const one = await joint.raw(server, { elicitation: {} });
      const two = await joint.raw(server, { elicitation: {} });
      two.on("elicitation/create", () => accept("Ada"));
      const taskId = await make(one);
      one.send(one.compose("tasks/result", { taskId }, "first"));
      await one.next((message) => "method" in message && message.method === "elicitation/create");
      const given = two.request("tasks/result", { taskId });
      await turns();
      one.notify("notifications/cancelled", { requestId: "first" });
      expect((await given).result).toMatchObject({ content: [{ text: "Hello Ada" }] });
    }, older));
});
