import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { ClientOptions } from "../../src/client/index.ts";
import { DefinitionError, InvalidParamsError, LocalError, ProtocolError, ToolError } from "../../src/errors.ts";
import { isModern } from "../../src/protocol/index.ts";
import { Server } from "../../src/server/index.ts";
import { clientTasks, type ClientTasksOptions, type SeenTask, taskOf, tasks } from "../../src/tasks/index.ts";
import { BINDINGS, BOTH_ERAS, CHANNELS, everywhere, inMemory, MODERN } from "./bindings.ts";
import type { Script } from "./by-hand.ts";
import type { Joint } from "./joint.ts";
import { allowTasks } from "./task-schema.ts";

allowTasks();

// Of two imports of what is still loading, the test runner gives one half of it.
beforeAll(() => import("../../src/schema/validator/index.ts"));

const name = z.object({ name: z.string() });
const CORE = ["2025-11-25"] as const;
/** Where the client can be asked, and is found again. */
const places = { revisions: BOTH_ERAS, remembers: true };

function tasksServer(joint: Joint, aborted: () => void = () => {}): Server {
  return joint
    .server()
    .use(tasks({ pollInterval: 10 }))
    .tool("plain", {}, () => "plain")
    .tool(
      "sum",
      { task: "required", input: z.object({ a: z.number() }), output: z.object({ b: z.number() }) },
      ({ a }) => ({
        b: a + 1,
      }),
    )
    .tool("asks", { task: "optional" }, async (_, context) => {
      const [one, two] = await Promise.all([context.require("One?", name), context.require("Two?", name)]);
      return `${one.name} ${two.name} ${(await context.require("Three?", name)).name}`;
    })
    .tool("fails", { task: "optional" }, () => {
      throw new ToolError("no luck");
    })
    .tool("errs", { task: "optional" }, () => {
      throw new ProtocolError(7, "broken", { at: 1 });
    })
    .tool("stays", { task: "optional" }, (_, { signal }) => {
      return new Promise<string>((resolve) => {
        signal.addEventListener("abort", () => {
          aborted();
          resolve("late");
        });
      });
    });
}

function withTasks(options: ClientTasksOptions = {}, more: ClientOptions = {}): ClientOptions {
  return { extensions: [clientTasks(options)], ...more };
}

/** A client that has seen the tools, as older servers want. */
async function connected(joint: Joint, server: Server, options: ClientOptions) {
  const client = await joint.connect<Server>(server, options);
  for await (const _ of client.tools());
  return client;
}

describe("a call that became a task", () => {
  everywhere("gives what it would have given as a plain call", places, async (joint) => {
    const seen: [SeenTask, unknown][] = [];
    const onTask = (task: SeenTask, call: object): void => void seen.push([task, call]);
    const client = await connected(joint, tasksServer(joint), withTasks({ onTask }));
    expect(await client.call("sum", { a: 1 })).toEqual({ b: 2 });
    expect(seen[0]).toEqual([
      expect.objectContaining({ status: "working", ttlMs: 3_600_000 }),
      { name: "sum", arguments: { a: 1 } },
    ]);
    expect(seen.at(-1)?.[0].status).toBe("completed");
    expect(await client.call("plain")).toBe("plain");
    await expect(client.call("fails")).rejects.toMatchObject({ name: "ToolError", message: "no luck" });
    expect(await client.callTool("fails")).toMatchObject({ isError: true });
    await expect(client.call("errs")).rejects.toMatchObject({ code: 7, message: "broken", data: { at: 1 } });
  });

  everywhere("is asked by way of the client's own handlers, each question once", places, async (joint) => {
    const asked: string[] = [];
    const on = {
      "elicitation/create": async ({ message }: { message: string }) => {
        asked.push(message);
        await new Promise((resolve) => setTimeout(resolve, 30));
        return { action: "accept" as const, content: { name: message } };
      },
    };
    const client = await connected(joint, tasksServer(joint), withTasks({}, { on }));
    expect(await client.call("asks")).toBe("One? Two? Three?");
    expect(asked.toSorted()).toEqual(["One?", "Three?", "Two?"]);
  });

  everywhere("is cancelled when its caller gives it up", { ...places, bindings: CHANNELS }, async (joint) => {
    let stopped = (): void => {};
    const stops = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    const controller = new AbortController();
    let id = "";
    const onTask = ({ taskId }: SeenTask): void => {
      id = taskId;
      controller.abort(new Error("enough"));
    };
    const client = await connected(joint, tasksServer(joint, stopped), withTasks({ onTask }));
    const given = client.call("stays", {}, { signal: controller.signal });
    const error: unknown = await given.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "aborted", data: { taskId: id } });
    await stops;
    expect(await taskOf(client, id).get()).toMatchObject({ status: "cancelled" });
  });

  inMemory("and is cancelled elsewhere rejects", BOTH_ERAS, async (joint) => {
    let id = "";
    const client = await connected(
      joint,
      tasksServer(joint),
      withTasks({ onTask: ({ taskId }) => void (id = taskId) }),
    );
    const given = client.call("stays");
    given.catch(() => {});
    await vi.waitFor(() => expect(id).not.toBe(""));
    await taskOf(client, id).cancel();
    await expect(given).rejects.toMatchObject({ code: "aborted", message: "The task was cancelled" });
  });

  inMemory("whose question has no answer is given up, and cancelled", MODERN, async (joint) => {
    const ids: string[] = [];
    const onTask = ({ taskId }: SeenTask): void => void ids.push(taskId);
    const on = {
      "elicitation/create": () => {
        throw new Error("no window");
      },
    };
    const client = await joint.connect<Server>(tasksServer(joint), withTasks({ onTask }, { on }));
    await expect(client.call("asks")).rejects.toMatchObject({ code: "unanswered" });
    expect(await taskOf(client, ids[0] as string).get()).toMatchObject({ status: "cancelled" });
  });

  inMemory("a client without tasks gets plain calls", BOTH_ERAS, async (joint) => {
    const client = await connected(joint, tasksServer(joint), {});
    await expect(client.call("fails")).rejects.toBeInstanceOf(ToolError);
    await expect(client.call("sum", { a: 1 })).rejects.toMatchObject({
      code: isModern(joint.revision) ? -32021 : -32601,
    });
    expect(() => taskOf(client, "x")).toThrow(DefinitionError);
  });

  inMemory(
    "LTASK-1: a tool that was in no list is looked up when the server wants a task",
    ["2025-11-25"],
    async (joint) => {
      const client = await joint.connect<Server>(tasksServer(joint), withTasks());
      expect(await client.call("sum", { a: 1 })).toEqual({ b: 2 });
      const calls = joint.tap.from("client", "tools/call").map((message) => "task" in (message as any).params);
      expect(calls).toEqual([false, true]);
      // One that cannot be a task is never called as one.
      expect(await client.call("plain")).toBe("plain");
      expect((joint.tap.from("client", "tools/call").at(-1) as any).params).not.toHaveProperty("task");
    },
  );
});

/** Where a server sees at once that a client is gone. */
const whole = BINDINGS.filter(({ half }) => !half);

describe("T-39: a task by its id alone", () => {
  everywhere("is looked at, answered and followed by another client", { ...places, bindings: whole }, async (joint) => {
    const server = tasksServer(joint);
    const ids: string[] = [];
    const first = await connected(
      joint,
      server,
      withTasks(
        { onTask: ({ taskId }) => void ids.push(taskId) },
        {
          on: { "elicitation/create": () => new Promise<never>(() => {}) },
        },
      ),
    );
    first.call("asks").catch(() => {});
    await vi.waitFor(() => expect(ids).not.toEqual([]));
    const on = { "elicitation/create": () => ({ action: "accept" as const, content: { name: "x" } }) };
    // Before 2026-07-28 the first client is asked already, and others are not.
    if (!isModern(joint.revision)) await first.close();
    const second = await joint.connect<Server>(server, withTasks({}, { on }));
    const task = taskOf(second, ids[0] as string);
    expect(await task.get()).toMatchObject({ taskId: task.id });
    expect(await task.result()).toMatchObject({ content: [{ text: "x x x" }] });
    expect(await task.result<{ content: unknown[] }>()).toHaveProperty("content");
    await expect(taskOf(second, "none").get()).rejects.toBeInstanceOf(InvalidParamsError);
  });

  inMemory("takes answers by hand", MODERN, async (joint) => {
    const client = await joint.connect<Server>(
      tasksServer(joint),
      withTasks(
        { onTask: ({ taskId }) => void (id = taskId) },
        { on: { "elicitation/create": () => new Promise<never>(() => {}) } },
      ),
    );
    let id = "";
    const given = client.call("asks");
    await vi.waitFor(async () => expect(id).not.toBe(""));
    const task = taskOf(client, id);
    for (let answered = 0; answered < 3; ) {
      const { inputRequests = {} } = await task.get();
      const keys = Object.keys(inputRequests);
      await task.update(Object.fromEntries(keys.map((key) => [key, { action: "accept", content: { name: "y" } }])));
      answered += keys.length;
    }
    expect(await given).toBe("y y y");
  });
});

describe("the end of the connection", () => {
  everywhere("ends a call that waits for its task, whenever it would look again", places, async (joint) => {
    const server = joint
      .server()
      .use(tasks({ pollInterval: 600_000 }))
      .tool("stays", { task: "optional" }, () => new Promise<never>(() => {}));
    let id = "";
    const options = withTasks({ listen: false, onTask: ({ taskId }) => void (id = taskId) });
    const client = await connected(joint, server, options);
    const given = client.call("stays").catch((error: unknown) => error);
    await vi.waitFor(() => expect(id).not.toBe(""));
    await client.close();
    expect(await given).toMatchObject({ code: "closed", data: { taskId: id } });
  });
});

describe("onTask", () => {
  inMemory("that rejects, or throws, ends the call, and cancels the task", MODERN, async (joint) => {
    for (const onTask of [
      () => Promise.reject(new Error("no room")),
      () => {
        throw new Error("no room");
      },
    ]) {
      let stopped = (): void => {};
      const stops = new Promise<void>((resolve) => {
        stopped = resolve;
      });
      const client = await connected(joint, tasksServer(joint, stopped), withTasks({ onTask }));
      await expect(client.call("stays")).rejects.toThrow("no room");
      await stops;
    }
  });
});

describe("what servers of others may do", () => {
  const CREATED = {
    resultType: "task",
    taskId: "t",
    status: "working",
    createdAt: "2026-01-01T00:00:00Z",
    lastUpdatedAt: "2026-01-01T00:00:00Z",
    ttlMs: null,
  };
  const discover = { "io.modelcontextprotocol/tasks": {} };
  const script = (more: Script): Script => ({
    "server/discover": () => ({
      supportedVersions: MODERN,
      capabilities: { tools: {}, extensions: discover },
      ttlMs: 0,
      cacheScope: "private",
    }),
    "tools/call": () => CREATED,
    "tasks/cancel": () => ({}),
    ...more,
  });
  const done = { ...CREATED, resultType: "complete", status: "completed", result: { content: [] } };

  inMemory("TASK-5: look at tasks no more often than the server says, which may change", MODERN, async (joint) => {
    vi.useFakeTimers();
    try {
      const times: number[] = [];
      const intervals = [2000, 500, undefined];
      const { client } = await joint.connectTo(
        script({
          "tools/call": () => ({ ...CREATED, pollIntervalMs: 3000 }),
          "tasks/get": () => {
            times.push(Date.now());
            const at = times.length - 1;
            if (at >= intervals.length) return done;
            const pollIntervalMs = intervals[at];
            return { ...CREATED, resultType: "complete", ...(pollIntervalMs !== undefined && { pollIntervalMs }) };
          },
        }),
        withTasks({ listen: false }),
      );
      const start = Date.now();
      const given = client.callTool("t");
      await vi.advanceTimersByTimeAsync(10_000);
      await given;
      expect(times.map((time) => Math.round((time - start) / 100) * 100)).toEqual([3000, 5000, 5500, 6500]);
    } finally {
      vi.useRealTimers();
    }
  });

  inMemory("T-38: the same end may come twice, with or without a resultType inside", MODERN, async (joint) => {
    for (const result of [{ content: [] }, { resultType: "complete", content: [] }]) {
      const { client } = await joint.connectTo(
        script({ "tasks/get": () => ({ ...done, result }) }),
        withTasks({ listen: false }),
      );
      expect(await client.callTool("t")).toMatchObject({ content: [] });
    }
  });

  inMemory("a server that tells of changes is heard at once", MODERN, async (joint) => {
    const { client } = await joint.connectTo(
      script({
        "tools/call": () => ({ ...CREATED, pollIntervalMs: 600_000 }),
        "tasks/get": () => ({ ...CREATED, resultType: "complete", pollIntervalMs: 600_000 }),
        "subscriptions/listen": (_params, { id }, server) => {
          const _meta = { "io.modelcontextprotocol/subscriptionId": id };
          server.notify("notifications/subscriptions/acknowledged", { _meta, notifications: { taskIds: ["t"] } });
          const { resultType: _, ...task } = done;
          setTimeout(
            () =>
              server.notify("notifications/tasks", {
                _meta,
                ...task,
                result: { content: [{ type: "text", text: "told" }] },
              }),
            20,
          );
        },
      }),
      withTasks(),
    );
    expect(await client.call("t")).toBe("told");
  });

  inMemory("what is told while the client looks is not missed", MODERN, async (joint) => {
    const listening: unknown[] = [];
    const { client } = await joint.connectTo(
      script({
        "subscriptions/listen": (_params, { id }, server) => {
          listening.push(id);
          const _meta = { "io.modelcontextprotocol/subscriptionId": id };
          server.notify("notifications/subscriptions/acknowledged", { _meta, notifications: { taskIds: ["t"] } });
        },
        // The look that the acknowledgement brings is answered after the end was told.
        "tasks/get": (_params, { id }, server) => {
          const { resultType: _, ...task } = done;
          const _meta = { "io.modelcontextprotocol/subscriptionId": listening[0] };
          server.notify("notifications/tasks", { _meta, ...task });
          server.answer(id as number, { ...CREATED, resultType: "complete" });
        },
      }),
      withTasks(),
    );
    expect(await client.callTool("t")).toMatchObject({ content: [] });
  });

  inMemory("TASK-1: a task in place of another result is no answer", MODERN, async (joint) => {
    const { client } = await joint.connectTo(script({ "prompts/get": () => CREATED }), withTasks());
    await expect(client.request("prompts/get", { name: "p" })).rejects.toBeInstanceOf(LocalError);
  });

  inMemory("what is no task ends the call", MODERN, async (joint) => {
    for (const get of [{ ...done, result: 7 }, { ...CREATED, status: "paused" }, { taskId: "t" }]) {
      const { client } = await joint.connectTo(
        script({
          "tasks/get": () => ({ ...get, resultType: "complete" }),
          "subscriptions/listen": () => ({ error: { code: -32601, message: "no" } }),
        }),
        withTasks(),
      );
      await expect(client.callTool("t")).rejects.toMatchObject({ code: "invalid_response", data: { taskId: "t" } });
    }
  });

  inMemory("TASK-5: ask for a pause that is none, or that no timer can hold", MODERN, async (joint) => {
    vi.useFakeTimers();
    try {
      for (const [pollIntervalMs, most] of [
        [1e12, 0],
        [2 ** 31, 0],
        ["x", 10],
        [{}, 10],
        [null, 10],
        [-1, 10],
      ]) {
        let looks = 0;
        const { client } = await joint.connectTo(
          script({
            "tools/call": () => ({ ...CREATED, pollIntervalMs }),
            "tasks/get": () => {
              looks++;
              return { ...CREATED, resultType: "complete", pollIntervalMs };
            },
          }),
          withTasks({ listen: false }),
        );
        const controller = new AbortController();
        const given = client.callTool("t", {}, { signal: controller.signal }).catch(() => {});
        await vi.advanceTimersByTimeAsync(10_000);
        expect(looks).toBeLessThanOrEqual(most as number);
        expect(looks).toBeGreaterThanOrEqual((most as number) - 2);
        controller.abort();
        await given;
      }
    } finally {
      vi.useRealTimers();
    }
  });

  inMemory("answer for another task, or ask what is no question", MODERN, async (joint) => {
    const asked = { ...CREATED, status: "input_required" };
    for (const get of [
      { ...done, taskId: "other" },
      { ...asked, inputRequests: { k: null } },
      { ...asked, inputRequests: { k: { method: 7 } } },
    ]) {
      const { client } = await joint.connectTo(
        script({
          "tools/call": () => ({ ...CREATED, pollIntervalMs: 10 }),
          "tasks/get": () => ({ ...get, resultType: "complete" }),
        }),
        withTasks({ listen: false }),
      );
      await expect(client.callTool("t")).rejects.toMatchObject({ code: "invalid_response", data: { taskId: "t" } });
    }
  });

  inMemory("LTASK-2: give what is no task", CORE, async (joint) => {
    const task = { taskId: "t", status: "working", createdAt: "2026-01-01T00:00:00Z", ttl: null, pollInterval: 10 };
    for (const get of [{}, { ...task, status: "paused" }, { ...task, taskId: "other", status: "completed" }]) {
      const { client } = await joint.connectTo(
        {
          initialize: () => ({
            protocolVersion: CORE[0],
            capabilities: { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } },
            serverInfo: { name: "raw", version: "0" },
          }),
          "tools/list": () => ({
            tools: [{ name: "t", inputSchema: { type: "object" }, execution: { taskSupport: "required" } }],
          }),
          "tools/call": () => ({ task: { ...task, lastUpdatedAt: task.createdAt } }),
          "tasks/get": (_params, { id }, server) => server.bad({ jsonrpc: "2.0", id, result: get }),
          "tasks/cancel": () => ({ ...task, status: "cancelled" }),
          "tasks/result": () => ({ content: [] }),
        },
        withTasks(),
      );
      for await (const _ of client.tools());
      await expect(client.callTool("t")).rejects.toMatchObject({ code: "invalid_response", data: { taskId: "t" } });
    }
  });

  inMemory("LTASK-1: list what are no tools", CORE, async (joint) => {
    for (const tools of [7, [null], [7], { length: 1 }]) {
      const { client } = await joint.connectTo(
        {
          initialize: () => ({
            protocolVersion: CORE[0],
            capabilities: { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } },
            serverInfo: { name: "raw", version: "0" },
          }),
          "tools/list": (_params, { id }, server) => server.bad({ jsonrpc: "2.0", id, result: { tools } }),
        },
        withTasks(),
      );
      const given: unknown = await client.request("tools/list", {}).catch((error: unknown) => error);
      expect(given).not.toBeInstanceOf(TypeError);
    }
  });

  inMemory("TASK-6: a key that comes again is answered once", MODERN, async (joint) => {
    const updates: unknown[] = [];
    let looks = 0;
    const question = {
      method: "elicitation/create",
      params: { message: "?", requestedSchema: { type: "object", properties: {} } },
    };
    const { client } = await joint.connectTo(
      script({
        "tasks/get": () =>
          ++looks > 5
            ? done
            : {
                ...CREATED,
                resultType: "complete",
                status: "input_required",
                pollIntervalMs: 10,
                inputRequests: { k: question },
              },
        "tasks/update": ({ inputResponses }) => {
          updates.push(inputResponses);
          return {};
        },
      }),
      withTasks({ listen: false }, { on: { "elicitation/create": () => ({ action: "accept", content: {} }) } }),
    );
    await client.callTool("t");
    expect(updates).toEqual([{ k: { action: "accept", content: {} } }]);
  });
});

it("T-38: what a task sends and is sent over HTTP names the task", async () => {
  const { serveHttp } = await import("../../src/node/index.ts");
  const { Client } = await import("../../src/client/index.ts");
  const { http } = await import("../../src/client/http/index.ts");
  const named = new Set<string>();
  const server = new Server({ name: "s", version: "1" })
    .use(tasks({ pollInterval: 10 }))
    .use((next) => (request, call) => {
      if (request.method.startsWith("tasks/")) named.add(call.binding?.http?.header("mcp-name") ?? "none");
      return next(request, call);
    })
    .tool("slow", { task: "required" }, () => new Promise<string>((resolve) => setTimeout(() => resolve("ok"), 50)));
  await using serving = await serveHttp(server, { port: 0, exit: false, log: () => {} });
  let id = "";
  await using client = await Client.connect(
    http(serving.url),
    withTasks({ onTask: ({ taskId }) => void (id = taskId) }),
  );
  expect(await client.call("slow")).toBe("ok");
  expect(named).toEqual(new Set([id]));
});
