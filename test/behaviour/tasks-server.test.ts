import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DefinitionError, ProtocolError, ToolError } from "../../src/errors.ts";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import { result, Server } from "../../src/server/index.ts";
import { type DetailedTask, tasks, type TasksOptions } from "../../src/tasks/index.ts";
import { before, everywhere, HTTP, inMemory, MODERN } from "./bindings.ts";
import type { RawClient } from "./by-hand.ts";
import type { Joint } from "./joint.ts";
import { listen } from "./subscribing.ts";
import { allowTasks, taskProblem } from "./task-schema.ts";

allowTasks();

const ID = "io.modelcontextprotocol/tasks";
const declaring = { extensions: { [ID]: {} }, elicitation: {} };
const missing = { requiredCapabilities: { extensions: { [ID]: {} } } };
const CORE = ["2025-11-25"] as const;

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

const name = z.object({ name: z.string() });

/** A server with a tool for each way in which a task can go. */
function tasksServer(joint: Joint, open: Gate = gate(), options: TasksOptions = {}): Server {
  return joint
    .server()
    .use(tasks({ pollInterval: 10, ...options }))
    .tool("plain", {}, () => "plain")
    .tool("slow", { task: "optional", output: z.object({ done: z.boolean() }) }, async (_, { signal }) => {
      await Promise.race([open.opened, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
      return { done: true };
    })
    .tool("must", { task: "required" }, () => "done")
    .tool("fails", { task: "optional" }, () => {
      throw new ToolError("no luck");
    })
    .tool("errs", { task: "optional" }, () => {
      throw new ProtocolError(7, "broken", { at: 1 });
    })
    .tool("throws", { task: "optional" }, () => {
      throw new Error("secret");
    })
    .tool("asks", { task: "optional" }, async (_, context) => {
      const [first, second] = await Promise.all([context.require("First?", name), context.require("Second?", name)]);
      const third = await context.require("Third?", name);
      return [first.name, second.name, third.name].join(" ");
    });
}

const call = (raw: RawClient, tool: string, more: object = {}): Promise<{ result?: any; error?: any }> =>
  raw.request("tools/call", { name: tool, arguments: {}, ...more });

/** Begins a task. */
async function begin(raw: RawClient, tool: string): Promise<DetailedTask> {
  const { result } = await call(raw, tool);
  expect(taskProblem("CreateTaskResult", result)).toBeUndefined();
  expect(result).toMatchObject({
    resultType: "task",
    taskId: expect.stringMatching(/^[0-9a-f]{32}$/),
    ttlMs: 3_600_000,
  });
  for (const alien of ["task", "ttl", "requestState"]) expect(result).not.toHaveProperty(alien);
  return result;
}

async function get(raw: RawClient, taskId: string): Promise<any> {
  const { result } = await raw.request("tasks/get", { taskId });
  expect(taskProblem("GetTaskResult", result)).toBeUndefined();
  return result;
}

/** Looks until the task is in one of these states. */
async function until(raw: RawClient, taskId: string, ...statuses: string[]): Promise<any> {
  for (;;) {
    const task = await get(raw, taskId);
    if (statuses.includes(task.status)) return task;
    await new Promise((resolve) => setTimeout(resolve, task.pollIntervalMs));
  }
}

describe("TASK-1: making tasks", () => {
  everywhere(
    "the server makes a task of a call whose client declares the extension",
    { revisions: MODERN },
    async (joint) => {
      const open = gate();
      const raw = await joint.raw(tasksServer(joint, open), declaring);
      const { result: about } = await raw.request("server/discover");
      expect(about).toMatchObject({ capabilities: { extensions: { [ID]: {} } } });
      expect(about).not.toHaveProperty("capabilities.tasks");
      const { taskId } = await begin(raw, "slow");
      // TASK-2: it is there at once.
      expect(await get(raw, taskId)).toMatchObject({ resultType: "complete", status: "working" });
      open.open();
      const { result } = await until(raw, taskId, "completed");
      expect(result).toEqual({
        resultType: "complete",
        content: [{ type: "text", text: '{"done":true}' }],
        structuredContent: { done: true },
      });
      expect((await call(raw, "plain")).result).toMatchObject({ content: [{ text: "plain" }] });
    },
  );

  everywhere(
    "without it the call is a plain one, and -32021 where it must be a task",
    { revisions: MODERN },
    async (joint) => {
      const raw = await joint.raw(tasksServer(joint), {});
      expect((await call(raw, "fails")).result).toMatchObject({ isError: true });
      expect((await call(raw, "must")).error).toMatchObject({ code: -32021, data: missing });
    },
  );

  inMemory("TASK-4: requests about tasks need the extension declared", MODERN, async (joint) => {
    const server = tasksServer(joint);
    const { taskId } = await begin(await joint.raw(server, declaring), "must");
    const raw = await joint.raw(server, {});
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      const error = await raw.refused(method, { taskId, inputResponses: {} });
      expect(error).toMatchObject({ code: -32021, data: missing });
    }
    const error = await raw.refused("subscriptions/listen", { notifications: { taskIds: [taskId] } });
    expect(error).toMatchObject({ code: -32021, data: missing });
  });

  inMemory("TASK-9: what 2025-11-25 asks for is ignored, and its requests do not exist", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), {});
    expect((await call(raw, "slow", { task: { ttl: 5 }, name: "fails" })).result).toMatchObject({
      resultType: "complete",
    });
    const declared = await joint.raw(tasksServer(joint), declaring);
    expect((await call(declared, "plain", { task: {} })).result).toMatchObject({ resultType: "complete" });
    for (const method of ["tasks/result", "tasks/list"]) {
      expect((await declared.refused(method, { taskId: "x" }, { bad: true })).code).toBe(-32601);
    }
    const { result } = await raw.request("tools/list");
    expect(JSON.stringify(result)).not.toContain("taskSupport");
  });

  inMemory("before 2025-11-25 there are no tasks: every call is a plain one", before("2025-11-25"), async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    expect((await call(raw, "must")).result).toMatchObject({ content: [{ text: "done" }] });
    expect((await raw.refused("tasks/get", { taskId: "x" })).code).toBe(-32601);
  });
});

describe("TASK-3: how tasks end", () => {
  inMemory("a tool that fails is a task that completed", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    const { result } = await until(raw, (await begin(raw, "fails")).taskId, "completed");
    expect(result).toEqual({ resultType: "complete", content: [{ type: "text", text: "no luck" }], isError: true });
    const { result: thrown } = await until(raw, (await begin(raw, "throws")).taskId, "completed");
    expect(thrown).toMatchObject({ isError: true });
    expect(JSON.stringify(thrown)).not.toContain("secret");
    expect(joint.reports).toHaveLength(1);
  });

  inMemory("an error of the protocol is a task that failed", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    const task = await until(raw, (await begin(raw, "errs")).taskId, "failed");
    expect(task.error).toEqual({ code: 7, message: "broken", data: { at: 1 } });
    expect(task).not.toHaveProperty("result");
  });

  inMemory("wrong arguments make no task", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    const { result } = await call(raw, "must", { arguments: { a: 1 } });
    expect(result).toMatchObject({ resultType: "complete", isError: true });
  });

  inMemory("what cannot be written as JSON is a task that failed", MODERN, async (joint) => {
    const server = tasksServer(joint).tool("big", { task: "optional", output: {} }, () => 1n as never);
    const raw = await joint.raw(server, declaring);
    const { error } = await until(raw, (await begin(raw, "big")).taskId, "failed");
    expect(error.code).toBe(-32603);
  });
});

describe("TASK-6: tasks that ask", () => {
  const accept = (value: string): object => ({ action: "accept", content: { name: value } });

  everywhere("show all questions at once, and take answers in parts", { revisions: MODERN }, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    const { taskId } = await begin(raw, "asks");
    const asked = (task: any): string[] => Object.values<any>(task.inputRequests).map(({ params }) => params.message);
    let task = await until(raw, taskId, "input_required");
    while (asked(task).length < 2) task = await get(raw, taskId);
    expect(asked(task)).toEqual(["First?", "Second?"]);
    const [one = "", two = ""] = Object.keys(task.inputRequests);
    const update = (inputResponses: object) => raw.request("tasks/update", { taskId, inputResponses });
    const { result } = await update({ [one]: accept("a"), nobody: accept("x") });
    expect(taskProblem("UpdateTaskResult", result)).toBeUndefined();
    expect(result).toMatchObject({ resultType: "complete" });
    expect(Object.keys((await until(raw, taskId, "input_required")).inputRequests)).toEqual([two]);
    // The first answer counts, and no key is given twice.
    await update({ [one]: accept("late"), [two]: accept("b") });
    task = await until(raw, taskId, "input_required");
    const [three = ""] = Object.keys(task.inputRequests);
    expect([one, two]).not.toContain(three);
    expect((await raw.refused("tasks/update", { taskId, inputResponses: { [three]: { action: "x" } } })).code).toBe(
      -32602,
    );
    await update({ [three]: accept("c") });
    expect((await until(raw, taskId, "completed")).result.content[0].text).toBe("a b c");
  });

  inMemory("TASK-8: what is asked before is asked in rounds, and not again", MODERN, async (joint) => {
    const question = (context: any): Promise<{ name: string }> => context.require("Who?", name, { key: "user_name" });
    const server = tasksServer(joint).tool(
      "greets",
      { task: { support: "required", before: (_, context) => question(context) } },
      async (_, context) => `Hello ${(await question(context)).name}`,
    );
    const raw = await joint.raw(server, declaring);
    const { result: first } = await call(raw, "greets");
    expect(first).toMatchObject({ resultType: "input_required", inputRequests: { user_name: {} } });
    const { result } = await call(raw, "greets", {
      inputResponses: { user_name: accept("Ada") },
      requestState: first.requestState,
    });
    expect(result).toMatchObject({ resultType: "task" });
    expect((await until(raw, result.taskId, "completed", "input_required")).result.content[0].text).toBe("Hello Ada");
  });

  inMemory("a client that cannot be asked fails the task", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), { extensions: { [ID]: {} } });
    const { error } = await until(raw, (await begin(raw, "asks")).taskId, "failed");
    expect(error.code).toBe(-32021);
  });
});

describe("TASK-7: cancelling", () => {
  everywhere("ends the task, aborts the work, and can be said again", { revisions: MODERN }, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    const { taskId } = await begin(raw, "slow");
    for (let times = 0; times < 2; times++) {
      const { result } = await raw.request("tasks/cancel", { taskId });
      expect(taskProblem("CancelTaskResult", result)).toBeUndefined();
      // T-37, TASK-3: the end is for good, whatever the work gives afterwards.
      expect(await get(raw, taskId)).toMatchObject({ status: "cancelled" });
    }
  });

  inMemory("of a task that waits for an answer ends the wait", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    const { taskId } = await begin(raw, "asks");
    await until(raw, taskId, "input_required");
    await raw.request("tasks/cancel", { taskId });
    expect(await get(raw, taskId)).toMatchObject({ status: "cancelled" });
    expect(await get(raw, taskId)).not.toHaveProperty("inputRequests");
  });

  inMemory(
    "undoes the work, as a result with isError does, although its handler did not look",
    MODERN,
    async (joint) => {
      const open = gate();
      const undone: string[] = [];
      const server = tasksServer(joint)
        .tool("ignores", { task: "optional" }, async (_, context) => {
          context.defer(() => undone.push("cancelled"));
          await open.opened;
          return "done";
        })
        .tool("refuses", { task: "optional" }, (_, context) => {
          context.defer(() => undone.push("refused"));
          return result({ content: [], isError: true });
        });
      const raw = await joint.raw(server, declaring);
      const { taskId } = await begin(raw, "ignores");
      await raw.request("tasks/cancel", { taskId });
      open.open();
      const refused = await begin(raw, "refuses");
      expect(await until(raw, refused.taskId, "completed")).toMatchObject({ result: { isError: true } });
      await raw.settle();
      expect(undone.sort()).toEqual(["cancelled", "refused"]);
      expect(joint.reports).toEqual([]);
    },
  );

  inMemory("TASK-4: a task that nobody knows is -32602", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      expect((await raw.refused(method, { taskId: "none", inputResponses: {} })).code).toBe(-32602);
      for (const taskId of [7, "x".repeat(2000)]) {
        expect((await raw.refused(method, { taskId, inputResponses: {} })).code).toBe(-32602);
      }
    }
  });
});

describe("notifications/tasks", () => {
  inMemory("a filter that is none, or asks for too much, is refused", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), declaring);
    for (const taskIds of [7, "x", Array.from({ length: 2000 }, (_, at) => `${at}`)]) {
      expect((await raw.refused("subscriptions/listen", { notifications: { taskIds } })).code).toBe(-32602);
    }
  });

  everywhere("tell who listens of every change, with the whole task", { revisions: MODERN }, async (joint) => {
    const open = gate();
    const raw = await joint.raw(tasksServer(joint, open), declaring);
    const { taskId } = await begin(raw, "slow");
    const { params } = await listen(raw, { taskIds: [taskId, "none"] }, "listening");
    expect(params?.["notifications"]).toEqual({ taskIds: [taskId] });
    open.open();
    const [told] = (await raw.notifications("notifications/tasks")) as any[];
    const { _meta, ...task } = told.params;
    expect(_meta).toEqual({ "io.modelcontextprotocol/subscriptionId": "listening" });
    expect(taskProblem("DetailedTask", task)).toBeUndefined();
    const { resultType: _type, _meta: _m, ...seen } = await get(raw, taskId);
    expect(task).toEqual(seen);
    expect(task.status).toBe("completed");
  });
});

describe("LTASK: tasks of 2025-11-25", () => {
  everywhere(
    "LTASK-1, LTASK-2: a call that asks for it becomes a task, and says so",
    { revisions: CORE, remembers: true },
    async (joint) => {
      const open = gate();
      const raw = await joint.raw(tasksServer(joint, open), {});
      const { result: listed } = await raw.request("tools/list");
      const support = (listed as any).tools.map((tool: any) => [tool.name, tool.execution?.taskSupport]);
      expect(support.slice(0, 3)).toEqual([
        ["plain", undefined],
        ["slow", "optional"],
        ["must", "required"],
      ]);
      const { result } = await call(raw, "slow", { task: { ttl: 60_000 } });
      expect(result.task).toMatchObject({ status: "working", ttl: 60_000, pollInterval: 10 });
      const { taskId } = result.task;
      open.open();
      const { result: replayed } = await raw.request("tasks/result", { taskId });
      expect(replayed).toEqual({
        content: [{ type: "text", text: '{"done":true}' }],
        structuredContent: { done: true },
        _meta: { "io.modelcontextprotocol/related-task": { taskId } },
      });
      const { result: task } = await raw.request("tasks/get", { taskId });
      expect(task).toMatchObject({ taskId, status: "completed" });
      expect(task).not.toHaveProperty("_meta");
    },
  );

  inMemory(
    "LTASK-1: a call that does not ask stays plain, and is -32601 where it must be a task",
    CORE,
    async (joint) => {
      const raw = await joint.raw(tasksServer(joint), declaring);
      expect((await call(raw, "fails")).result).toMatchObject({ isError: true });
      expect((await call(raw, "must")).error).toMatchObject({ code: -32601 });
    },
  );

  inMemory("the server declares what it can do with them", CORE, async (joint) => {
    for (const list of [false, true]) {
      const client = await joint.connect(tasksServer(joint, gate(), { list }));
      const { extensions, tasks: declared } = client.server.capabilities;
      expect(extensions).toBeUndefined();
      const own = { cancel: {}, requests: { tools: { call: {} } } };
      expect(declared).toEqual(list ? { list: {}, ...own } : own);
    }
  });

  inMemory("T-37: a tool that failed is a task that failed, and its result is replayed", CORE, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), {});
    const { taskId } = (await call(raw, "fails", { task: {} })).result.task;
    expect((await raw.request("tasks/result", { taskId })).result).toMatchObject({ isError: true });
    expect((await raw.request("tasks/get", { taskId })).result).toMatchObject({ status: "failed" });
    const broken = (await call(raw, "errs", { task: {} })).result.task.taskId;
    expect(await raw.refused("tasks/result", { taskId: broken })).toEqual({
      code: 7,
      message: "broken",
      data: { at: 1 },
    });
  });

  inMemory("LTASK-3: cancelling flips the status first, and is -32602 afterwards", CORE, async (joint) => {
    const raw = await joint.raw(tasksServer(joint), {});
    const { taskId } = (await call(raw, "slow", { task: {} })).result.task;
    expect((await raw.request("tasks/cancel", { taskId })).result).toMatchObject({ taskId, status: "cancelled" });
    expect((await raw.refused("tasks/cancel", { taskId })).code).toBe(-32602);
    expect((await raw.refused("tasks/result", { taskId })).code).toBe(-32603);
  });

  everywhere(
    "LTASK-3: questions go out while the result is waited for, and name the task",
    { revisions: CORE, remembers: true },
    async (joint) => {
      const raw = await joint.raw(tasksServer(joint), { elicitation: {} });
      const related: unknown[] = [];
      raw.on("elicitation/create", ({ params }) => {
        related.push(params?.["_meta"]);
        return { action: "accept", content: { name: String(params?.["message"]) } };
      });
      const { taskId } = (await call(raw, "asks", { task: {} })).result.task;
      const { result } = await raw.request("tasks/result", { taskId });
      expect(result).toMatchObject({ content: [{ text: "First? Second? Third?" }] });
      expect(related).toEqual([1, 2, 3].map(() => ({ "io.modelcontextprotocol/related-task": { taskId } })));
    },
  );

  inMemory("LTASK-3: a time-out of the server is none for who waits for an outcome", CORE, async (joint) => {
    const server = joint
      .server({ timeout: 40 })
      .use(tasks({ pollInterval: 10 }))
      .tool("slow", { task: "optional" }, () => new Promise<string>((resolve) => setTimeout(() => resolve("ok"), 120)));
    const raw = await joint.raw(server, {});
    const { taskId } = (await call(raw, "slow", { task: {} })).result.task;
    expect((await raw.request("tasks/result", { taskId })).result).toMatchObject({ content: [{ text: "ok" }] });
  });

  everywhere(
    "need no session",
    { revisions: CORE, bindings: HTTP.filter(({ remembers }) => !remembers) },
    async (joint) => {
      const raw = await joint.raw(tasksServer(joint), {});
      const { taskId } = (await call(raw, "must", { task: {} })).result.task;
      expect((await raw.request("tasks/result", { taskId })).result).toMatchObject({ content: [{ text: "done" }] });
    },
  );

  inMemory("LTASK-4: tasks are listed where the server says so", CORE, async (joint) => {
    const raw = await joint.raw(tasksServer(joint, gate(), { list: true }), {});
    const made = [await call(raw, "slow", { task: {} }), await call(raw, "must", { task: {} })];
    const { result } = await raw.request("tasks/list");
    const ids = (result as any).tasks.map(({ taskId }: { taskId: string }) => taskId);
    expect(ids).toEqual(made.map((one) => one.result.task.taskId));
    const quiet = await joint.raw(tasksServer(joint), {});
    expect((await quiet.refused("tasks/list")).code).toBe(-32601);
  });

  it("TASK-9: one that was made there can be looked at later, and the other way round", async () => {
    const { Joint } = await import("./joint.ts");
    const { MEMORY } = await import("./bindings.ts");
    const [memory] = MEMORY;
    const old = new Joint(memory as never, "2025-11-25");
    const now = new Joint(memory as never, "2026-07-28");
    const open = gate();
    const server = tasksServer(old, open);
    const [before, after] = [await old.raw(server, {}), await now.raw(server, declaring)];
    const { taskId } = (await call(before, "slow", { task: {} })).result.task;
    expect(await get(after, taskId)).toMatchObject({ status: "working" });
    open.open();
    expect(await until(after, taskId, "completed")).toMatchObject({ result: { structuredContent: { done: true } } });
    const other = await begin(after, "must");
    expect((await before.request("tasks/get", { taskId: other.taskId })).result).toMatchObject({
      taskId: other.taskId,
    });
    await old.close();
    await now.close();
    old.verify();
    now.verify();
  });
});

describe("limits and options", () => {
  inMemory("an owner has so many tasks, and no more", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint, gate(), { tasksPerOwner: 2 }), declaring);
    await begin(raw, "slow");
    await begin(raw, "slow");
    expect((await call(raw, "slow")).error).toMatchObject({ code: -32603, data: { limit: "tasksPerOwner" } });
  });

  inMemory("TASK-5: a task is forgotten when its time is over, and its work aborted", MODERN, async (joint) => {
    const raw = await joint.raw(tasksServer(joint, gate(), { ttl: 60 }), declaring);
    const { result } = await call(raw, "slow");
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect((await raw.refused("tasks/get", { taskId: result.taskId })).code).toBe(-32602);
  });

  it("a mistake in the options is told where it is made", () => {
    for (const wrong of [{ ttl: 0 }, { pollInterval: 1.5 }, { tasksPerOwner: -1 }, { lease: 0 }]) {
      expect(() => tasks(wrong)).toThrow(DefinitionError);
    }
    const server = new Server({ name: "s", version: "1" }).use(tasks());
    for (const task of ["always", { support: "never" }, { ttl: -1 }, { every: 1 }, null]) {
      expect(() => server.tool("t", { task: task as never }, () => "x")).toThrow(DefinitionError);
    }
    const used = tasks();
    server.tool("t", { task: { ttl: null, resume: true } }, () => "x");
    new Server({ name: "a", version: "1" }).use(used);
    expect(() => new Server({ name: "b", version: "1" }).use(used)).toThrow(/one server/);
  });

  inMemory("without tasks() the option is refused", REVISIONS.filter(isModern), (joint) => {
    expect(() => joint.server().tool("t", { task: "optional" }, () => "x")).toThrow(/put server\.use/);
  });
});
