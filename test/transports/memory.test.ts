import { describe, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { type Call, writtenOnce } from "../../src/jsonrpc/index.ts";
import { Server, serve } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";
import { notification, request, result, settled, TestCall } from "../jsonrpc/doubles.ts";
import { carriesConversations } from "./conversation.ts";
import { answered, echo, exchange, open } from "./memory-scene.ts";

carriesConversations("memory", async () => {
  const [client, server] = memory();
  return { client, server };
});

/** Values, and what JSON makes of them. */
const CARRIED: readonly [string, object, object][] = [
  ["members that are undefined", { a: undefined, b: { c: undefined } }, { b: {} }],
  ["undefined in lists", { list: [undefined, 1] }, { list: [null, 1] }],
  ["minus zero", { zero: -0 }, { zero: 0 }],
  ["what is no number", { list: [Number.NaN, Number.POSITIVE_INFINITY] }, { list: [null, null] }],
  ["toJSON", { at: new Date(0), own: { toJSON: () => [1] } }, { at: "1970-01-01T00:00:00.000Z", own: [1] }],
  ["functions and symbols", { run: () => 1, [Symbol("s")]: 1, list: [() => 1] }, { list: [null] }],
  ["what a prototype has", Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true } }), { own: 1 }],
  ["maps", { map: new Map([[1, 2]]) }, { map: {} }],
];

const CYCLE: { self?: unknown } = {};
CYCLE.self = CYCLE;
/** What JSON knows nothing of. */
const UNCARRIED: readonly [string, object][] = [
  ["a BigInt", { big: 1n }],
  ["a cycle", { CYCLE }],
];

describe("what arrives in memory (REL-51)", () => {
  it.each(CARRIED)("is what JSON makes of it: %s", async (_, value, expected) => {
    const told: unknown[] = [];
    const seen: unknown[] = [];
    const { here, there } = await open();
    here.attach({ ask: () => undefined, emit: ({ params }) => told.push(params) });
    there.attach({
      ask: ({ id, method, params }, call) => {
        seen.push(params);
        void call.emit(notification("during", value as never));
        return method === "fail"
          ? { jsonrpc: "2.0", id, error: { code: 1, message: "m", data: value } }
          : { jsonrpc: "2.0", id, result: value };
      },
      emit: () => {},
    });
    const call = new TestCall();
    const { result: given } = await exchange(here, request(1, "give", value as never), call);
    const { error } = await exchange(here, request(2, "fail", value as never), call);
    void there.send(notification("unasked", value as never));
    await settled();
    const during = call.told.map(({ params }) => params);
    expect([given, error?.data, ...told, ...seen, ...during]).toStrictEqual(Array.from({ length: 7 }, () => expected));
  });

  it("shares nothing that can change, whichever way it goes", async () => {
    const list = [{ a: 1 }];
    const seen: any[] = [];
    const answer = { list };
    const { here, there } = await open();
    here.attach({ ask: () => undefined, emit: ({ params }) => seen.push(params) });
    there.attach({
      ask: ({ id, method, params }, call) => {
        seen.push(params);
        void call.emit(notification("during", answer));
        return method === "fail"
          ? { jsonrpc: "2.0", id, error: { code: 1, message: "m", data: answer } }
          : { jsonrpc: "2.0", id, result: answer };
      },
      emit: () => {},
    });
    const call = new TestCall();
    const first = exchange(here, request(1, "give", { list }), call);
    const second = exchange(here, request(2, "fail", { list }), call);
    void there.send(notification("unasked", answer));
    list[0]!.a = 9;
    list.push({ a: 2 });
    seen.push((await first).result, (await second).error?.data);
    await settled();
    seen.push(...call.told.map(({ params }) => params));
    expect(seen).toHaveLength(7);
    for (const arrived of seen) expect(arrived).toEqual({ list: [{ a: 1 }] });
    for (const arrived of seen) arrived.list[0].a = 5;
    expect(list[0]).toEqual({ a: 9 });
    expect(new Set(seen.map((arrived) => arrived.list)).size).toBe(7);
  });

  it("is the very thing only where it is frozen to the last member", async () => {
    const _meta = writtenOnce({ client: { list: [1] } });
    const seen: unknown[] = [];
    const { here } = await answered((asked) => {
      seen.push(asked.params?.["_meta"]);
      return result(asked.id);
    });
    await exchange(here, request(1, "x", { _meta }), new TestCall());
    expect(seen[0]).toBe(_meta);
    expect([_meta, _meta.client, _meta.client.list].every(Object.isFrozen)).toBe(true);
  });

  it.each(UNCARRIED)("refuses a request or notification with %s, of which nothing arrives", async (_, value) => {
    const seen: unknown[] = [];
    const { here } = await answered((asked) => {
      seen.push(asked);
      return result(asked.id);
    });
    const asking = exchange(here, request(1, "x", value as never), new TestCall());
    await expect(asking).rejects.toBeInstanceOf(TypeError);
    expect(() => here.send(notification("x", value as never))).toThrow(TypeError);
    await settled();
    expect(seen).toEqual([]);
  });

  it.each(UNCARRIED)("answers for a result or an error with %s, at once and later", async (_, value) => {
    const { here } = await answered(({ id, method }) => {
      const made = method.startsWith("give")
        ? ({ jsonrpc: "2.0", id, result: value } as const)
        : ({ jsonrpc: "2.0", id, error: { code: 1, message: "m", data: value } } as const);
      return method.endsWith("later") ? Promise.resolve(made) : made;
    });
    for (const method of ["give", "fail", "give later", "fail later"]) {
      const response = await exchange(here, request(1, method), new TestCall());
      expect(response).toEqual({ jsonrpc: "2.0", id: 1, error: { code: -32603, message: expect.any(String) } });
    }
  });

  it("refuses arguments of a client that are no JSON, and lives on", async () => {
    const [here, there] = memory();
    const serving = serve(
      new Server({ name: "n", version: "1" }).tool("a", {}, () => "x"),
      there,
    );
    const client = await Client.connect(here);
    await expect(client.callTool("a", { big: 1n })).rejects.toBeInstanceOf(TypeError);
    expect(await client.call("a")).toBe("x");
    await client.close();
    await serving.closed;
  });
});

describe("the order in memory", () => {
  it("is that of sending: a request overtakes no notification", async () => {
    const order: string[] = [];
    const { here, there } = await open();
    const asking: Promise<unknown>[] = [];
    const start = (...names: string[]): void => {
      for (const name of names) {
        if (name.startsWith("r")) asking.push(exchange(here, request(name, name), new TestCall()));
        else void here.send(notification(name));
      }
    };
    start("n0", "r0", "n1");
    there.attach({
      ask: ({ id, method }) => {
        order.push(method);
        return result(id);
      },
      emit: ({ method }) => order.push(method),
    });
    start("n2", "r1", "r2", "n3", "r3");
    await Promise.all(asking);
    start("r4", "n4", "n5", "r5");
    await Promise.all(asking);
    expect(order).toEqual(["n0", "r0", "n1", "n2", "r1", "r2", "n3", "r3", "r4", "n4", "n5", "r5"]);
  });

  it.each([
    ["at once", false],
    ["later", true],
  ])("brings what is told of a request before its answer, and what is told unasked, answered %s", async (_, later) => {
    const heard: unknown[] = [];
    const { here, there } = await open();
    here.attach({ ask: () => undefined, emit: ({ method }) => heard.push(method) });
    there.attach({
      ask: ({ id }, call) => {
        for (let at = 1; at <= 3; at++) void call.emit(notification(`told ${at}`));
        void there.send(notification("unasked"));
        void call.emit(notification("told 4"));
        return later ? Promise.resolve(result(id)) : result(id);
      },
      emit: () => {},
    });
    const call = new TestCall();
    call.emit = (told) => void heard.push((told as { method: string }).method);
    const asking = exchange(here, request(1), call);
    expect(heard).toEqual([]);
    heard.push((await asking).result);
    expect(heard).toEqual(["told 1", "told 2", "told 3", "unasked", "told 4", {}]);
  });

  it("drops what is told after the answer, or to who gave up", async () => {
    const calls: Call[] = [];
    const { here } = await answered(({ id, method }, call) => {
      calls.push(call);
      return method === "stay" ? new Promise(() => {}) : result(id);
    });
    const call = new TestCall();
    await exchange(here, request(1), call);
    const staying = exchange(here, request(2, "stay"), call);
    void calls[1]?.emit(notification("too late"));
    call.abort("enough");
    await expect(staying).rejects.toMatchObject({ code: "aborted" });
    for (const answering of calls) void answering.emit(notification("late"));
    await settled();
    expect(call.told).toEqual([]);
  });

  it("calls no handler of progress while the call is being made, and all before it settles", async () => {
    const [here, there] = memory();
    const server = new Server({ name: "n", version: "1" }).tool("a", {}, (_, context) => {
      void context.progress(1, 3);
      void context.progress(2, 3);
      return "x";
    });
    const serving = serve(server, there);
    const client = await Client.connect(here);
    const seen: unknown[] = [];
    const asking = client.call("a", {}, { onProgress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual([]);
    seen.push(await asking);
    expect(seen).toEqual([1, 2, "x"]);
    await client.close();
    await serving.closed;
  });

  it("survives a listener of notifications that throws", async () => {
    const { here, there, problems } = await open();
    const seen: unknown[] = [];
    there.attach({
      ask: ({ id }) => result(id),
      emit: ({ method }) => {
        seen.push(method);
        throw new Error("of the listener");
      },
    });
    void here.send(notification("a"));
    void here.send(notification("b"));
    expect(await exchange(here, request(1), new TestCall())).toEqual(result(1));
    expect(seen).toEqual(["a", "b"]);
    expect(problems).toEqual([
      expect.objectContaining({ message: 'A notification "a" was not taken' }),
      expect.objectContaining({ message: 'A notification "b" was not taken' }),
    ]);
  });
});

describe("an end of memory", () => {
  it("is for one connection", async () => {
    const [one, other] = memory();
    await one.open();
    await expect(one.open()).rejects.toMatchObject({ name: "LocalError", code: "closed" });
    const transport = await other.open();
    await transport.close();
    await expect(other.open()).rejects.toMatchObject({ name: "LocalError", code: "closed" });
  });

  it.each(["2026-07-28", "2025-11-25"] as const)(
    "is served after the client began to connect [%s]",
    async (revision) => {
      const [here, there] = memory();
      const connecting = Client.connect(here, { revisions: [revision] });
      await settled();
      const serving = serve(
        new Server({ name: "n", version: "1" }).tool("a", {}, () => "x"),
        there,
      );
      const client = await connecting;
      expect([client.version, await client.call("a")]).toEqual([revision, "x"]);
      await client.close();
      await serving.closed;
    },
  );

  it("that is served twice says so to the author, and serves the first", async () => {
    const reports: unknown[] = [];
    const server = new Server({ name: "n", version: "1" }, { onError: (error) => reports.push(error) });
    const [here, there] = memory();
    const serving = serve(
      server.tool("a", {}, () => "x"),
      there,
    );
    const again = serve(server, there);
    expect(await again.closed).toMatchObject({ kind: "error", error: { code: "closed" } });
    expect(reports).toEqual([expect.objectContaining({ name: "LocalError", code: "closed" })]);
    await again.close();
    const client = await Client.connect(here);
    expect(await client.call("a")).toBe("x");
    await client.close();
    expect(await serving.closed).toEqual({ kind: "closed" });
  });

  it("carries what the binding knows, on the side that says it", async () => {
    const binding = { principal: { id: "ann" } };
    const seen: unknown[] = [];
    const { here } = await answered(
      ({ id }, call) => {
        seen.push(call.binding);
        return result(id);
      },
      { binding },
    );
    await exchange(here, request(1), new TestCall());
    expect(seen).toEqual([binding]);
  });

  it("lets both sides ask while they answer", async () => {
    const { here, there } = await open();
    const order: unknown[] = [];
    for (const side of [here, there]) {
      side.attach({
        ask: async ({ id, params }, call) => {
          const left = params?.["left"] as number;
          order.push([side === here ? "here" : "there", left]);
          if (left === 0) return result(id, { asked: 0 });
          void call.emit(notification("on its way", { left }));
          const asked = new TestCall();
          const back = await call.ask!(request(`${left}`, "x", { left: left - 1 }), asked);
          expect(asked.told).toHaveLength(left > 1 ? 1 : 0);
          return result(id, { asked: (back.result as { asked: number }).asked + 1 });
        },
        emit: () => {},
      });
    }
    expect(await exchange(here, request("a", "x", { left: 3 }), new TestCall())).toEqual(result("a", { asked: 3 }));
    expect(order).toEqual([
      ["there", 3],
      ["here", 2],
      ["there", 1],
      ["here", 0],
    ]);
  });

  it("answers under the id of the request, whatever the listener says", async () => {
    const { here } = await answered((asked) => ({ ...echo(asked), id: "another" }));
    expect(await exchange(here, request("mine", "x", { a: 1 }), new TestCall())).toEqual(result("mine", { a: 1 }));
  });
});
