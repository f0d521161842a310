import { afterEach, describe, expect, it, vi } from "vitest";
import { Client } from "../../src/client/index.ts";
import type { Call, Response } from "../../src/jsonrpc/index.ts";
import { type Context, Server, serve } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";
import { Gate, notification, request, result, settled, TestCall } from "../jsonrpc/doubles.ts";
import { answered, exchange, open } from "./memory-scene.ts";

afterEach(() => void vi.useRealTimers());

/** Answers each request when the test opens its gate; knows what was asked, and by which calls. */
class Slow {
  readonly asked: unknown[] = [];
  readonly calls: Call[] = [];
  readonly gates: Gate<Response>[] = [];

  readonly ask = ({ id }: { id: string | number }, call: Call): Promise<Response> => {
    const gate = new Gate<Response>();
    this.asked.push(id);
    this.calls.push(call);
    this.gates.push(gate);
    return gate.passed;
  };

  /** Lets the answer to a request out. */
  finish(at: number): void {
    this.gates[at]?.open(result(this.asked[at] as number, { at }));
  }
}

describe("SEC: requests in memory above the cap", () => {
  it("wait for their turn, and above that are refused", async () => {
    const [here, there] = memory();
    const gates: Gate[] = [];
    const server = new Server({ name: "n", version: "1" }).tool("wait", {}, async () => {
      const gate = new Gate();
      gates.push(gate);
      await gate.passed;
      return "waited";
    });
    const serving = serve(server, there, { inFlight: 2, queued: 1 });
    const client = await Client.connect(here);
    const calls = Array.from({ length: 3 }, () => client.call("wait"));
    const refused = client.call("wait");
    await expect(refused).rejects.toMatchObject({ code: -32603, data: { limit: "inFlight" } });
    expect(gates).toHaveLength(2);
    gates[1]?.open();
    expect(await calls[1]).toBe("waited");
    await settled();
    expect(gates).toHaveLength(3);
    gates[0]?.open();
    gates[2]?.open();
    expect(await Promise.all(calls)).toEqual(["waited", "waited", "waited"]);
    await client.close();
    await serving.closed;
  });

  it("are started and answered in order, however many are answered at once", async () => {
    const first = new Gate<Response>();
    const { here } = await answered(({ id }) => (id === 0 ? first.passed : result(id)), {
      inFlight: 1,
      queued: 20_000,
    });
    const order: unknown[] = [];
    const asking = Array.from({ length: 20_000 }, (_, id) =>
      exchange(here, request(id), new TestCall()).then((response) => order.push(response.id)),
    );
    first.open(result(0));
    await Promise.all(asking);
    expect(order).toEqual(Array.from({ length: 20_000 }, (_, id) => id));
  });

  it("have room again when a handler that asks meanwhile has answered at once", async () => {
    const inner: Promise<Response>[] = [];
    const { here } = await answered(
      ({ id, method }) => {
        if (method === "outer") inner.push(exchange(here, request("in", "inner"), new TestCall()));
        return result(id, { method });
      },
      { inFlight: 1 },
    );
    expect(await exchange(here, request("out", "outer"), new TestCall())).toEqual(result("out", { method: "outer" }));
    expect(await inner[0]).toEqual(result("in", { method: "inner" }));
  });

  it("are counted before anybody listens, too", async () => {
    const { here, there } = await open({ inFlight: 1, queued: 1 });
    const waiting = [1, 2].map((id) => exchange(here, request(id), new TestCall()));
    const refused = await exchange(here, request(3), new TestCall());
    expect(refused).toMatchObject({ id: 3, error: { code: -32603, data: { limit: "inFlight" } } });
    there.attach({ ask: ({ id }) => result(id), emit: () => {} });
    expect(await Promise.all(waiting)).toEqual([result(1), result(2)]);
  });
});

describe("a request in memory that is given up (REL-31)", () => {
  it("before it is made never arrives", async () => {
    const slow = new Slow();
    const { here } = await answered(slow.ask);
    const call = new TestCall();
    call.abort(new Error("before"));
    await expect(exchange(here, request(1), call)).rejects.toMatchObject({ name: "LocalError", code: "aborted" });
    await settled();
    expect(slow.asked).toEqual([]);
  });

  it("before anybody listens, or in the queue, is never answered, and makes room", async () => {
    const slow = new Slow();
    const { here, there } = await open({ inFlight: 1, queued: 1 });
    const [early, queued] = [new TestCall(), new TestCall()];
    const first = exchange(here, request("early"), early);
    early.abort("enough");
    await expect(first).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    there.attach({ ask: slow.ask, emit: () => {} });
    const running = exchange(here, request("running"), new TestCall());
    const second = exchange(here, request("queued"), queued);
    queued.abort("enough");
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    const third = exchange(here, request("third"), new TestCall());
    expect(slow.asked).toEqual(["running"]);
    slow.finish(0);
    await running;
    await settled();
    slow.finish(1);
    expect((await third).id).toBe("third");
    expect(slow.asked).toEqual(["running", "third"]);
  });

  it.each([
    ["an error", new Error("enough"), "enough"],
    ["a text", "too long", "too long"],
    ["nothing that has words", 5, "The peer cancelled the request"],
  ])("while it runs aborts the other side's signal, with the words of %s", async (_, reason, text) => {
    const slow = new Slow();
    const { here } = await answered(slow.ask, { inFlight: 1 });
    const call = new TestCall();
    const asking = exchange(here, request(1), call);
    call.abort(reason);
    expect(slow.calls[0]?.signal.aborted).toBe(false);
    await expect(asking).rejects.toMatchObject({ name: "LocalError", code: "aborted", cause: reason });
    expect(slow.calls[0]?.signal.reason).toMatchObject({ name: "LocalError", code: "aborted", message: text });
    slow.finish(0);
    const next = exchange(here, request(2), new TestCall());
    slow.finish(1);
    expect((await next).id).toBe(2);
  });

  it("is heard of before any later request", async () => {
    const seen: unknown[] = [];
    const slow = new Slow();
    const { here } = await answered((asked, call) => {
      if (asked.method === "wait") return slow.ask(asked, call);
      seen.push(slow.calls[0]?.signal.aborted);
      return result(asked.id);
    });
    const call = new TestCall();
    const waiting = exchange(here, request(1, "wait"), call);
    call.abort("enough");
    await exchange(here, request(2, "look"), new TestCall());
    expect(seen).toEqual([true]);
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  });

  it.each([
    ["at once", false],
    ["later", true],
  ])("by its own handler, which answers %s, rejects all the same", async (_, later) => {
    const call = new TestCall();
    const calls: Call[] = [];
    const { here } = await answered(
      ({ id }, answering) => {
        calls.push(answering);
        if (id === 1) call.abort(new Error("from within"));
        return later ? Promise.resolve(result(id)) : result(id);
      },
      { inFlight: 1 },
    );
    await expect(exchange(here, request(1), call)).rejects.toMatchObject({ name: "LocalError", code: "aborted" });
    await settled();
    expect(calls[0]?.signal.reason).toMatchObject({ code: "aborted", message: "from within" });
    expect(await exchange(here, request(2), new TestCall())).toEqual(result(2));
  });

  it("when it was answered at once comes too late", async () => {
    const slow = new Slow();
    const { here } = await answered((asked, call) => {
      void slow.ask(asked, call);
      return result(asked.id);
    });
    const call = new TestCall();
    const asking = exchange(here, request(1), call);
    call.abort("enough");
    expect(await asking).toEqual(result(1));
    await settled();
    expect(slow.calls[0]?.signal.aborted).toBe(false);
  });

  it("takes along what the other side asked meanwhile", async () => {
    const [here, there] = memory();
    const answering = new Gate<AbortSignal>();
    const failed = new Gate<unknown>();
    const server = new Server({ name: "n", version: "1" }, { onError: () => {} }).tool(
      "ask",
      {},
      async (_, context: Context) => {
        await context.elicit("Which?", { type: "object", properties: {} }).catch((error: unknown) => {
          failed.open(error);
          throw error;
        });
        return "answered";
      },
    );
    const serving = serve(server, there);
    const client = await Client.connect(here, {
      revisions: ["2025-11-25"],
      on: {
        "elicitation/create": (_, { signal }) => {
          answering.open(signal);
          return new Promise(() => {});
        },
      },
    });
    const abort = new AbortController();
    const call = client.call("ask", {}, { signal: abort.signal });
    const signal = await answering.passed;
    abort.abort(new Error("enough"));
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    expect(await failed.passed).toMatchObject({ name: "LocalError", code: "aborted" });
    await settled();
    expect(signal.aborted).toBe(true);
    await client.close();
    await serving.closed;
  });
});

describe("a conversation in memory that closes (REL-44)", () => {
  it.each(["the side that asks", "the side that answers"])("by %s ends what runs, and what waits", async (who) => {
    const slow = new Slow();
    const { here, there } = await answered(slow.ask, { inFlight: 1 });
    const asking = [1, 2].map((id) => exchange(here, request(id), new TestCall()));
    const outcomes = Promise.allSettled(asking);
    const closer = who === "the side that asks" ? here : there;
    await closer.close();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "LocalError", code: "closed" } });
    }
    expect(await Promise.all([here.closed, there.closed])).toEqual([{ kind: "closed" }, { kind: "closed" }]);
    expect(slow.calls[0]?.signal.reason).toMatchObject({ name: "LocalError", code: "closed" });
    slow.finish(0);
    void slow.calls[0]?.emit(notification("late"));
    await settled();
    expect(slow.asked).toEqual([1]);
    for (const side of [here, there]) {
      await expect(exchange(side, request(3), new TestCall())).rejects.toMatchObject({ code: "closed" });
      void side.send(notification("late"));
      await side.close();
      await side.end();
    }
  });

  it("ends what nobody has listened to", async () => {
    const slow = new Slow();
    const { here, there } = await open();
    const asking = exchange(here, request(1), new TestCall());
    const closing = here.close();
    await expect(asking).rejects.toMatchObject({ code: "closed" });
    await closing;
    there.attach({ ask: slow.ask, emit: (told) => slow.asked.push(told) });
    await settled();
    expect(slow.asked).toEqual([]);
    expect(await there.closed).toEqual({ kind: "closed" });
  });

  it("brings what was sent before", async () => {
    const heard: unknown[] = [];
    const { here, there } = await open();
    there.attach({ ask: ({ id }) => result(id), emit: ({ method }) => heard.push(method) });
    void here.send(notification("a"));
    void here.send(notification("b"));
    await here.close();
    void here.send(notification("c"));
    await there.closed;
    await settled();
    expect(heard).toEqual(["a", "b"]);
  });

  it.each([
    ["at once", false],
    ["later", true],
  ])("by a handler that answers %s rejects its request", async (_, later) => {
    const { here } = await answered(({ id }) => {
      void here.close();
      return later ? Promise.resolve(result(id)) : result(id);
    });
    await expect(exchange(here, request(1), new TestCall())).rejects.toMatchObject({ code: "closed" });
  });

  it("by the client before the server has answered that it may connect", async () => {
    const [here, there] = memory();
    const transport = await there.open();
    const connecting = Client.connect(here);
    connecting.catch(() => {});
    await settled();
    await transport.close();
    await expect(connecting).rejects.toMatchObject({ name: "LocalError", code: "closed" });
  });
});

describe("a conversation in memory that winds down", () => {
  it("takes no more, answers what runs and what waits, and closes once for all who end it", async () => {
    const slow = new Slow();
    const { here, there } = await answered(slow.ask, { inFlight: 1 });
    const asking = [1, 2].map((id) => exchange(here, request(id), new TestCall()));
    let ended = 0;
    const endings = [there.end(), there.end()].map((ending) => ending.then(() => ended++));
    const refused = await exchange(here, request(3), new TestCall());
    expect(refused).toMatchObject({ id: 3, error: { code: -32603 } });
    slow.finish(0);
    expect((await asking[0])?.id).toBe(1);
    await settled();
    expect(ended).toBe(0);
    slow.finish(1);
    expect((await asking[1])?.id).toBe(2);
    await Promise.all(endings);
    expect(await Promise.all([here.closed, there.closed])).toEqual([{ kind: "closed" }, { kind: "closed" }]);
  });

  it("waits no longer than the grace time, and says so to both sides", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const slow = new Slow();
    const { here, there } = await answered(slow.ask, { graceTimeout: 100 });
    const asking = exchange(here, request(1), new TestCall());
    asking.catch(() => {});
    const ending = there.end();
    await settled();
    vi.advanceTimersByTime(99);
    await settled();
    expect(slow.calls[0]?.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await ending;
    await expect(asking).rejects.toMatchObject({ name: "LocalError", code: "closed" });
    expect(slow.calls[0]?.signal.reason).toMatchObject({ code: "closed" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer, and waits for nothing when all is given up", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const slow = new Slow();
    const { here, there } = await answered(slow.ask);
    const call = new TestCall();
    const asking = exchange(here, request(1), call);
    asking.catch(() => {});
    const ending = there.end();
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    call.abort("enough");
    await ending;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells the listener, once, and survives one that throws", async () => {
    const { here, there, problems } = await open();
    const end = vi.fn<() => void>(() => {
      throw new Error("of the listener");
    });
    there.attach({ ask: ({ id }) => result(id), emit: () => {}, end });
    await Promise.all([there.end(), there.end()]);
    await here.closed;
    expect(end).toHaveBeenCalledTimes(1);
    expect(problems).toEqual([expect.objectContaining({ message: "The end was not taken" })]);
  });
});

describe("a listener in memory that breaks its word", () => {
  it.each<[string, () => never]>([
    [
      "throws",
      () => {
        throw new Error("of the listener");
      },
    ],
    ["rejects", () => Promise.reject(new Error("of the listener")) as never],
    ["gives what is no response", () => ({ id: 1 }) as never],
    ["gives nothing at all", () => null as never],
    ["promises what is no response", () => Promise.resolve({}) as never],
  ])("and %s answers with -32603, and its author hears of it", async (_, ask) => {
    const { here, problems } = await answered(ask, { inFlight: 1 });
    for (const id of [1, 2]) {
      const response = await exchange(here, request(id), new TestCall());
      expect(response).toEqual({ jsonrpc: "2.0", id, error: { code: -32603, message: "Internal error" } });
    }
    expect(problems).toHaveLength(2);
  });

  it("and forbids requests leaves them open, as on a wire, until the end", async () => {
    const { here, problems } = await answered(() => undefined, { inFlight: 1 });
    const asking = [1, 2].map((id) => exchange(here, request(id), new TestCall()));
    const outcomes = Promise.allSettled(asking);
    await settled();
    expect(problems).toHaveLength(2);
    await here.close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "closed" } });
  });

  it("and whose author throws breaks nothing", async () => {
    const [one, other] = memory();
    const [here, there] = [
      await one.open(),
      await other.open({
        onProblem: () => {
          throw new Error("again");
        },
      }),
    ];
    there.attach({
      ask: () => {
        throw new Error("of the listener");
      },
      emit: () => {},
    });
    expect(await exchange(here, request(1), new TestCall())).toMatchObject({ error: { code: -32603 } });
  });
});
