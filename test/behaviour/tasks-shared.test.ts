import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowTasks } from "./task-schema.ts";
import { accept, begin, declaring, never, serverOf, Shared, until, USER, within, type World } from "./tasks-world.ts";

allowTasks();

describe("tasks in a store that several processes share", () => {
  it("are seen, answered and cancelled by way of any process", () =>
    within(async (joint) => {
      const shared = new Shared();
      const world: World = { steps: [], waits: async () => {} };
      const one = await joint.raw(serverOf(shared.process().store, world, { lease: 300 }), declaring);
      const two = await joint.raw(serverOf(shared.process().store, world, { lease: 300 }), declaring);
      const taskId = await begin(one, "again", { n: 2 });
      for (const name of ["Ada", "Bob"]) {
        const { inputRequests } = await until(two, taskId, "input_required");
        const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, accept(name)]));
        await two.request("tasks/update", { taskId, inputResponses });
        if (name === "Ada") {
          await one.request("tasks/get", { taskId });
          while (
            JSON.stringify((await until(two, taskId, "input_required")).inputRequests) === JSON.stringify(inputRequests)
          );
        }
      }
      expect((await until(two, taskId, "completed")).result.content[0].text).toBe("4 Ada Bob");

      let stopped = (): void => {};
      const stops = new Promise<void>((resolve) => {
        stopped = resolve;
      });
      const waiting: World = {
        steps: [],
        waits: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(stopped()))),
      };
      const three = await joint.raw(serverOf(shared.process().store, waiting, { lease: 300 }), declaring);
      const other = await begin(three, "once");
      await two.request("tasks/cancel", { taskId: other });
      expect(await until(two, other, "cancelled")).not.toHaveProperty("result");
      await stops;
      expect((await until(three, other, "cancelled", "completed")).status).toBe("cancelled");
    }));

  it("whose process ended are gone on with where their tool says so: with the steps and answers that they had", () =>
    within(async (joint) => {
      const shared = new Shared();
      const gone = shared.process();
      const world: World = { steps: [], waits: never };
      const one = await joint.raw(serverOf(gone.store, world), declaring);
      const taskId = await begin(one, "again", { n: 2 });
      const { inputRequests } = await until(one, taskId, "input_required");
      const [key = ""] = Object.keys(inputRequests);
      await one.request("tasks/update", { taskId, inputResponses: { [key]: accept("Ada") } });
      await until(one, taskId, "working");
      gone.end();
      const two = await joint.raw(serverOf(shared.process().store, { ...world, waits: async () => {} }), declaring);
      // As long as its process may live, nobody else takes it on.
      expect((await until(two, taskId, "working", "input_required")).status).toBe("working");
      shared.passes();
      const asked = await until(two, taskId, "input_required");
      const [second = ""] = Object.keys(asked.inputRequests);
      expect(second).not.toBe(key);
      expect(asked.inputRequests[second].params.message).toBe("And who?");
      await two.request("tasks/update", { taskId, inputResponses: { [second]: accept("Bob") } });
      expect((await until(two, taskId, "completed")).result.content[0].text).toBe("4 Ada Bob");
      expect(world.steps).toEqual(["first"]);
    }));

  it("that waited for an answer when their process ended wait for the same one, under the same key", () =>
    within(async (joint) => {
      const shared = new Shared();
      const gone = shared.process();
      const world: World = { steps: [], waits: async () => {} };
      const one = await joint.raw(serverOf(gone.store, world), declaring);
      const taskId = await begin(one, "again", { n: 1 });
      const { inputRequests } = await until(one, taskId, "input_required");
      gone.end();
      shared.passes();
      const two = await joint.raw(serverOf(shared.process().store, world), declaring);
      expect((await until(two, taskId, "input_required")).inputRequests).toEqual(inputRequests);
      const [key = ""] = Object.keys(inputRequests);
      await two.request("tasks/update", { taskId, inputResponses: { [key]: accept("Ada") } });
      for (;;) {
        const task = await until(two, taskId, "input_required");
        if (!Object.hasOwn(task.inputRequests, key)) break;
      }
    }));

  it("whose process ended fail where it cannot be gone on with, and are not worked on for ever", () =>
    within(async (joint) => {
      const shared = new Shared();
      const gone = shared.process();
      const world: World = { steps: [], waits: never };
      const taskId = await begin(await joint.raw(serverOf(gone.store, world), declaring), "once");
      gone.end();
      shared.passes();
      const two = await joint.raw(serverOf(shared.process().store, world), declaring);
      const { error } = await until(two, taskId, "failed");
      expect(error).toMatchObject({ code: -32603, message: expect.stringContaining("ended before the task did") });
    }));
});

describe("TASK-4, LTASK-4: owners", () => {
  it("never see, answer, hear of or cancel one another's tasks", () =>
    within(async (joint) => {
      const world: World = { steps: [], waits: never };
      const raw = await joint.raw(serverOf(new Shared().process().store, world), declaring);
      const as = (user: string | undefined, params: object = {}) => ({
        ...params,
        _meta: user === undefined ? {} : { [USER]: user },
      });
      const taskId = await begin(raw, "again", { n: 1 }, as("ann"));
      for (const user of ["bob", "ann2", "an", "", undefined]) {
        for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
          expect((await raw.refused(method, as(user, { taskId, inputResponses: {} }))).code).toBe(-32602);
        }
        const id = `listen ${user}`;
        raw.send(raw.compose("subscriptions/listen", as(user, { notifications: { taskIds: [taskId] } }), id));
      }
      const told = await raw.notifications("notifications/subscriptions/acknowledged", 5);
      expect(told.map(({ params }) => params?.["notifications"])).toEqual(told.map(() => ({ taskIds: [] })));
      expect((await raw.request("tasks/get", as("ann", { taskId }))).result).toMatchObject({ taskId });
    }));
});

describe("TASK-3, LTASK-2: an end is for good", () => {
  type Step = { readonly at: number; readonly act: "get" | "cancel" | "finish" | "fail" | "pass" };
  const step: fc.Arbitrary<Step> = fc.record({
    at: fc.nat(1),
    act: fc.constantFrom("get", "get", "cancel", "finish", "fail", "pass"),
  });

  it("whatever happens in whatever order, over a slow store", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 8 }),
        fc.infiniteStream(fc.nat(3)),
        async (steps, turns) => {
          await within(async (joint) => {
            const shared = new Shared();
            let finish: (error?: Error) => void = () => {};
            const world: World = {
              steps: [],
              waits: () =>
                new Promise((resolve, reject) => {
                  finish = (error) => (error === undefined ? resolve() : reject(error));
                }),
            };
            const slow = () => shared.process(() => turns.next().value as number).store;
            const clients = [
              await joint.raw(serverOf(slow(), world), declaring),
              await joint.raw(serverOf(slow(), world), declaring),
            ] as const;
            const taskId = await begin(clients[0], "once");
            const looks: { readonly began: number; readonly ended: number; readonly status: string }[] = [];
            let clock = 0;
            const look = async (at: number): Promise<void> => {
              const began = clock++;
              const { result } = await clients[at as 0].request("tasks/get", { taskId });
              looks.push({ began, ended: clock++, status: (result as { status: string }).status });
            };
            const acts = steps.map(async ({ at, act }) => {
              if (act === "get") return look(at);
              if (act === "cancel") await clients[at as 0].request("tasks/cancel", { taskId });
              else if (act === "pass") shared.passes();
              else finish(act === "fail" ? new Error("x") : undefined);
            });
            await Promise.all(acts);
            for (let last = 0; last < 3; last++) {
              await look(0);
              await look(1);
            }
            for (const one of looks) {
              if (one.status === "working" || one.status === "input_required") continue;
              const later = looks.filter(({ began }) => began > one.ended);
              expect(later.map(({ status }) => status)).toEqual(later.map(() => one.status));
            }
            finish();
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
