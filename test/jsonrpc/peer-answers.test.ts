import { describe, expect, it } from "vitest";
import { ndjson, peer } from "../../src/jsonrpc/channels/index.ts";
import { type Call, Malformed, type OpenCall, type Response, Serialized } from "../../src/jsonrpc/index.ts";
import { parse } from "../../src/jsonrpc/wire/index.ts";
import { InternalError, InvalidRequestError, ParseError } from "../../src/errors.ts";
import { cancelled, Gate, type Meeting, meet, notification, request, result, settled, TestPipe } from "./doubles.ts";

/** A listener whose answers the test gives one by one, and a list of the calls it got. */
function slow(): { listener: Parameters<typeof meet>[0]; calls: Map<string | number, Call>; answer: Answer } {
  const gates = new Map<string | number, Gate<Response>>();
  const calls = new Map<string | number, Call>();
  return {
    calls,
    listener: {
      ask: ({ id }, call) => {
        const gate = new Gate<Response>();
        gates.set(id, gate);
        calls.set(id, call);
        return gate.passed;
      },
    },
    answer: async (id, value = { id }) => {
      gates.get(id)?.open(result(id, value));
      await settled();
    },
  };
}
type Answer = (id: string | number, value?: unknown) => Promise<void>;

/** Ids of all that was answered, in order. */
const answered = ({ channel }: Meeting): unknown[] => channel.sent.map((message) => (message as { id?: unknown }).id);

describe("a request of the peer", () => {
  it.each([0, "", "1", 1, -1, Number.MAX_SAFE_INTEGER, "__proto__"])(
    "is answered under its id, of its type: %j",
    async (id) => {
      const { channel } = meet({ ask: async () => result(id, { ok: true }) });
      channel.deliver(request(id));
      await settled();
      expect(channel.sent).toStrictEqual([result(id, { ok: true })]);
    },
  );

  it("is answered under its id, whatever id the answer has", async () => {
    const { channel } = meet({ ask: async () => result("other", { ok: true }) });
    channel.deliver(request(1));
    await settled();
    expect(channel.sent).toEqual([result(1, { ok: true })]);
  });

  it("may have the id of one that was answered", async () => {
    const meeting = meet();
    for (let round = 0; round < 3; round++) {
      meeting.channel.deliver(request(1));
      await settled();
    }
    expect(answered(meeting)).toEqual([1, 1, 1]);
  });

  it("with an id that is being answered is refused, and the first gets its own answer (REL-45)", async () => {
    const { listener, answer } = slow();
    const meeting = meet(listener);
    for (const id of [1, "1", 1, "1"]) meeting.channel.deliver(request(id));
    expect(meeting.channel.sent).toMatchObject([
      { id: 1, error: { code: -32600 } },
      { id: "1", error: { code: -32600 } },
    ]);
    await answer("1", "text");
    await answer(1, "number");
    expect(meeting.channel.sent.slice(2)).toEqual([result("1", "text"), result(1, "number")]);
  });

  const faults: [title: string, ask: () => Promise<Response>][] = [
    [
      "throws at once",
      () => {
        throw new Error("canary");
      },
    ],
    ["rejects", () => Promise.reject(new Error("canary"))],
    ["rejects with nothing", () => Promise.reject(undefined)],
    ["gives nothing", () => Promise.resolve(undefined as unknown as Response)],
    ["gives null", () => Promise.resolve(null as unknown as Response)],
    ["gives a number", () => Promise.resolve(7 as unknown as Response)],
  ];
  it.each(faults)("is answered with -32603 when its handler %s (REL-51)", async (_, ask) => {
    const { channel, problems } = meet({ ask });
    channel.deliver(request(0));
    await settled();
    expect(channel.sent).toEqual([{ jsonrpc: "2.0", id: 0, error: { code: -32603, message: "Internal error" } }]);
    expect(problems).toHaveLength(1);
    channel.deliver(request(0));
    await settled();
    expect(channel.sent).toHaveLength(2);
  });

  it("is not answered where the revision forbids requests from that side (STDIO-3)", async () => {
    const { channel, problems } = meet({ ask: () => undefined });
    channel.deliver(request(1));
    channel.deliver(request(1));
    await settled();
    expect(channel.sent).toEqual([]);
    expect(problems).toHaveLength(2);
  });

  it("finds no fault in a problem listener that throws (REL-52)", async () => {
    const { channel } = meet(
      { ask: () => Promise.reject(new Error("x")) },
      {
        onProblem() {
          throw new Error("the listener failed");
        },
      },
    );
    channel.deliver(request(1));
    channel.deliver(result(7));
    await settled();
    expect(channel.sent).toMatchObject([{ id: 1, error: { code: -32603 } }]);
  });

  it("gets what its handler tells, before its answer, and nothing afterwards", async () => {
    let call!: Call;
    const { channel } = meet({
      ask: async ({ id }, given) => {
        call = given;
        void call.emit(notification("notifications/progress", { progressToken: 1, progress: 1 }));
        void call.emit(new Serialized(JSON.stringify(notification("notifications/message", {}))) as never);
        return result(id);
      },
    });
    channel.deliver(request(1));
    await settled();
    void call.emit(notification("late"));
    expect(channel.sent).toEqual([
      notification("notifications/progress", { progressToken: 1, progress: 1 }),
      notification("notifications/message", {}),
      result(1),
    ]);
  });

  it("lets its handler wait for a slow reader (REL-9)", async () => {
    const { listener, calls } = slow();
    const { channel } = meet(listener);
    channel.deliver(request(1));
    const gate = new Gate();
    channel.room = gate.passed;
    expect(calls.get(1)?.emit(notification("a"))).toBe(gate.passed);
    channel.room = undefined;
    expect(calls.get(1)?.emit(notification("b"))).toBeUndefined();
  });

  it("can be asked back through its call", async () => {
    const { channel } = meet({
      ask: async ({ id }, call) => {
        const answer = await call.ask?.(request("mine", "roots/list"), call);
        return result(id, { answer });
      },
    });
    channel.deliver(request(1));
    channel.deliver(result((channel.last["id"] as number) ?? 0, { roots: [] }));
    await settled();
    expect(channel.last).toEqual(result(1, { answer: result("mine", { roots: [] }) }));
  });

  it("comes with what the binding knows", () => {
    const { listener, calls } = slow();
    const binding = { principal: { id: "me" } };
    const { channel } = meet(listener, { binding });
    channel.deliver(request(1));
    expect(calls.get(1)?.binding).toBe(binding);
  });
});

describe("cancellation by the peer (REL-31)", () => {
  it("before the request does nothing", async () => {
    const { channel } = meet();
    channel.deliver(cancelled(1));
    channel.deliver(request(1));
    await settled();
    expect(channel.sent).toEqual([result(1)]);
  });

  it("while the request runs stops it, once, and no answer is sent", async () => {
    const { listener, calls, answer } = slow();
    const { channel } = meet(listener);
    channel.deliver(request(1));
    const signal = calls.get(1)?.signal as AbortSignal;
    let aborts = 0;
    signal.addEventListener("abort", () => aborts++);
    channel.deliver(cancelled(1, "enough"));
    channel.deliver(cancelled(1, "enough"));
    expect(signal.reason).toMatchObject({ name: "LocalError", code: "aborted", message: "enough" });
    void calls.get(1)?.emit(notification("late"));
    await answer(1);
    expect([aborts, channel.sent]).toEqual([1, []]);
  });

  it("is seen by a handler that looks afterwards", async () => {
    const { listener, calls } = slow();
    const { channel } = meet(listener);
    channel.deliver(request(1));
    channel.deliver(cancelled(1));
    expect(calls.get(1)?.signal.aborted).toBe(true);
    expect((calls.get(1) as OpenCall).aborted).toBe(true);
  });

  it("in the turn of the answer leaves one of both", async () => {
    const meeting = meet();
    meeting.channel.deliver(request(1));
    meeting.channel.deliver(cancelled(1));
    await settled();
    expect(answered(meeting)).toEqual([]);
  });

  it("after the answer does nothing", async () => {
    const { channel, problems } = meet();
    channel.deliver(request(1));
    await settled();
    channel.deliver(cancelled(1));
    channel.deliver(cancelled(1));
    expect([channel.sent, problems]).toEqual([[result(1)], []]);
  });

  it("frees the id at once: the old handler answers nobody", async () => {
    const { listener, answer } = slow();
    const { channel } = meet(listener);
    channel.deliver(request(1));
    channel.deliver(cancelled(1));
    channel.deliver(request(1));
    await answer(1, "the second");
    expect(channel.sent).toEqual([result(1, "the second")]);
  });

  it("does not take the answer of the old handler for that of the new one", async () => {
    const gates = [new Gate<Response>(), new Gate<Response>()];
    let at = 0;
    const { channel } = meet({ ask: () => gates[at++]?.passed });
    channel.deliver(request(1));
    channel.deliver(cancelled(1));
    channel.deliver(request(1));
    gates[0]?.open(result(1, "first"));
    await settled();
    expect(channel.sent).toEqual([]);
    gates[1]?.open(result(1, "second"));
    await settled();
    expect(channel.sent).toEqual([result(1, "second")]);
  });

  it.each([undefined, null, "1", 2, "", {}, [1], "__proto__"])("of the id %j touches no other request", async (id) => {
    const { listener, calls, answer } = slow();
    const { channel, told } = meet(listener);
    channel.deliver(request(1));
    channel.deliver(cancelled(id));
    channel.deliver(notification("notifications/cancelled"));
    expect(calls.get(1)?.signal.aborted).toBe(false);
    await answer(1);
    expect([channel.sent.length, told]).toEqual([1, []]);
  });

  it("of one connection does not touch another", async () => {
    const one = slow();
    const other = slow();
    const [first, second] = [meet(one.listener), meet(other.listener)];
    first.channel.deliver(request(1));
    second.channel.deliver(request(1));
    first.channel.deliver(cancelled(1));
    expect([one.calls.get(1)?.signal.aborted, other.calls.get(1)?.signal.aborted]).toEqual([true, false]);
    await other.answer(1);
    expect(second.channel.sent).toHaveLength(1);
  });
});

describe("requests above the cap", () => {
  it("wait in order, then are refused with -32603 and the limit's name", async () => {
    const { listener, calls, answer } = slow();
    const meeting = meet(listener, { inFlight: 2, queued: 2 });
    for (let id = 1; id <= 6; id++) meeting.channel.deliver(request(id));
    expect([...calls.keys()]).toEqual([1, 2]);
    expect(meeting.channel.sent).toMatchObject(
      [5, 6].map((id) => ({ id, error: { code: -32603, data: { limit: expect.any(String) } } })),
    );
    await answer(2);
    expect([...calls.keys()]).toEqual([1, 2, 3]);
    meeting.channel.deliver(request(7));
    for (const id of [1, 3, 4, 7]) await answer(id);
    expect(answered(meeting)).toEqual([5, 6, 2, 1, 3, 4, 7]);
  });

  it("cannot take the id of one that waits", () => {
    const { listener } = slow();
    const meeting = meet(listener, { inFlight: 1 });
    for (const id of [1, 2, 2]) meeting.channel.deliver(request(id));
    expect(meeting.channel.sent).toMatchObject([{ id: 2, error: { code: -32600 } }]);
  });

  it("are forgotten when they are cancelled while they wait", async () => {
    const { listener, calls, answer } = slow();
    const meeting = meet(listener, { inFlight: 1 });
    for (const id of [1, 2, 3]) meeting.channel.deliver(request(id));
    meeting.channel.deliver(cancelled(2));
    await answer(1);
    expect([...calls.keys()]).toEqual([1, 3]);
    await answer(3);
    expect(answered(meeting)).toEqual([1, 3]);
  });

  it("go on when one that runs is cancelled", () => {
    const { listener, calls } = slow();
    const meeting = meet(listener, { inFlight: 1 });
    for (const id of [1, 2]) meeting.channel.deliver(request(id));
    meeting.channel.deliver(cancelled(1));
    expect([...calls.keys()]).toEqual([1, 2]);
  });

  it("go on past one that gets no answer", async () => {
    const first = new Gate<Response>();
    const seen: unknown[] = [];
    const meeting = meet(
      {
        ask: ({ id, method }) => {
          seen.push(id);
          return method === "forbidden" ? undefined : id === 1 ? first.passed : Promise.resolve(result(id));
        },
      },
      { inFlight: 1 },
    );
    meeting.channel.deliver(request(1));
    meeting.channel.deliver(request(2, "forbidden"));
    meeting.channel.deliver(request(3, "forbidden"));
    meeting.channel.deliver(request(4));
    first.open(result(1));
    await settled();
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(answered(meeting)).toEqual([1, 4]);
  });

  it("are answered in order, however many are answered at once", async () => {
    const first = new Gate<Response>();
    const ask = ({ id }: { readonly id: string | number }) => (id === 0 ? first.passed : result(id));
    const meeting = meet({ ask }, { inFlight: 1, queued: 20_000 });
    const ids = Array.from({ length: 20_000 }, (_, id) => id);
    for (const id of ids) meeting.channel.deliver(request(id));
    expect(answered(meeting)).toEqual([]);
    first.open(result(0));
    await settled();
    expect(answered(meeting)).toEqual(ids);
  });

  it("wait as well while a slow reader has not taken the answers before (REL-9, REL-13)", async () => {
    const seen: unknown[] = [];
    const meeting = meet(
      {
        ask: async ({ id }) => {
          seen.push(id);
          return result(id);
        },
      },
      { inFlight: 2, queued: 3 },
    );
    const gate = new Gate();
    meeting.channel.room = gate.passed;
    for (let id = 1; id <= 6; id++) {
      meeting.channel.deliver(request(id));
      await settled();
    }
    expect(seen).toEqual([1, 2]);
    expect(meeting.channel.last).toMatchObject({ id: 6, error: { code: -32603 } });
    meeting.channel.room = undefined;
    gate.open();
    await settled();
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it("leave nothing behind: 10 000 in a row all get their answer", async () => {
    const meeting = meet({}, { inFlight: 8, queued: 10_000 });
    for (let id = 0; id < 10_000; id++) meeting.channel.deliver(request(id));
    await settled();
    expect(answered(meeting)).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
  });
});

describe("notifications of the peer", () => {
  it("reach the listener in wire order, between requests", async () => {
    const order: unknown[] = [];
    const { channel } = meet({
      ask: async ({ id }) => {
        order.push(id);
        return result(id);
      },
      emit: ({ method }) => order.push(method),
    });
    channel.deliver(notification("a"));
    channel.deliver(request(1));
    channel.deliver(notification("b"));
    expect(order).toEqual(["a", 1, "b"]);
  });

  it("are never answered, whatever the listener does (JRPC-5)", () => {
    const { channel, problems } = meet({
      emit() {
        throw new Error("x");
      },
    });
    channel.deliver(notification("a"));
    expect([channel.sent.length, problems.length]).toEqual([0, 1]);
  });
});

describe("what is no message", () => {
  const malformed = new Malformed(new ParseError());

  it("is the listener's to answer", () => {
    const { channel } = meet({ malformed: (malformed) => malformed.response });
    channel.deliver(malformed);
    channel.deliver(new Malformed(new InvalidRequestError("no"), { id: "x" }));
    expect(channel.sent).toMatchObject([{ error: { code: -32700 } }, { id: "x", error: { code: -32600 } }]);
  });

  it("is not answered by a listener that does not care", () => {
    const { channel } = meet();
    channel.deliver(malformed);
    expect(channel.sent).toEqual([]);
  });

  it("does not end the conversation when the listener throws (REL-52)", async () => {
    const { channel, problems } = meet({
      malformed() {
        throw new InternalError();
      },
    });
    channel.deliver(malformed);
    channel.deliver(request(1));
    await settled();
    expect([channel.sent.length, problems.length]).toEqual([1, 1]);
  });

  it("is not answered when it was an answer itself (JRPC-5)", async () => {
    const pipe = new TestPipe();
    const transport = peer(ndjson(pipe));
    transport.attach({ ask: async ({ id }) => result(id), emit: () => {}, malformed: ({ response }) => response });
    pipe.type('{"jsonrpc":"2.0","id":1,"method":7}\n{"jsonrpc":"2.0","id":2,"result":{},"error":{}}\n');
    pipe.type(`{"jsonrpc":"2.0","id":3,"result":${"[".repeat(100)}${"]".repeat(100)}}\n`);
    await settled();
    expect(pipe.messages).toMatchObject([{ id: 1, error: { code: -32600 } }]);
  });
});

describe("a batch (SEC-17)", () => {
  const batch = (texts: readonly string[]): Meeting & { seen: unknown[] } => {
    const seen: unknown[] = [];
    const meeting = meet({
      ask: async ({ id }) => {
        seen.push(id);
        return result(id);
      },
      batches: () => true,
      malformed: ({ response }) => response,
    });
    meeting.channel.deliver(parse(`[${texts.join(",")}]`));
    return { ...meeting, seen };
  };
  const ask = (id: number): string => JSON.stringify(request(id));

  it("is answered message by message, in the revision that has it", async () => {
    const meeting = batch([ask(1), JSON.stringify(notification("a")), "7", ask(2)]);
    await settled();
    expect([meeting.seen, meeting.told]).toEqual([[1, 2], [notification("a")]]);
    expect(meeting.channel.sent).toMatchObject([{ error: { code: -32600 } }, { id: 1 }, { id: 2 }]);
  });

  it.each([
    ["empty", []],
    ["too long", Array.from({ length: 51 }, (_, id) => ask(id))],
  ])("is refused when it is %s, and nothing of it runs", async (_, texts) => {
    const meeting = batch(texts);
    await settled();
    expect(meeting.seen).toEqual([]);
    expect(meeting.channel.sent).toMatchObject([{ error: { code: -32600 } }]);
  });

  it("within a batch is refused: it would have no limit", async () => {
    const meeting = batch([ask(1), `[${ask(2)},${ask(3)}]`]);
    await settled();
    expect(meeting.seen).toEqual([1]);
    expect(meeting.channel.sent).toMatchObject([{ error: { code: -32600 } }, { id: 1 }]);
  });
});
