import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdjsonOptions, ndjson } from "../../src/jsonrpc/channels/index.ts";
import { Malformed, type Message, Serialized } from "../../src/jsonrpc/index.ts";
import { encoder, Gate, notification, request, result, settled, TestPipe } from "./doubles.ts";

function open(options?: NdjsonOptions): {
  pipe: TestPipe;
  channel: ReturnType<typeof ndjson>;
  got: (Message | Malformed)[];
} {
  const pipe = new TestPipe();
  const channel = ndjson(pipe, options);
  const got: (Message | Malformed)[] = [];
  channel.receive((message) => got.push(message));
  return { pipe, channel, got };
}

/** What arrived: messages, and the code of what is none. */
const codes = (got: readonly (Message | Malformed)[]): unknown[] =>
  got.map((one) => (one instanceof Malformed ? one.error.code : one));

const a = notification("a");

describe("an ndjson channel receives", () => {
  it("messages in the order of their lines, many to a chunk", () => {
    const { pipe, got } = open();
    pipe.type(`${[1, 2, 3].map((id) => JSON.stringify(request(id))).join("\n")}\n${JSON.stringify(a)}`);
    expect(got).toEqual([request(1), request(2), request(3)]);
    pipe.type("\r\n");
    expect(got.at(-1)).toEqual(a);
  });

  it("noise, which it tells and survives (REL-1)", () => {
    const { pipe, got } = open();
    pipe.type(`hello\n{bad\n\n[]\n"x"\n${JSON.stringify(a)}\n`);
    expect(codes(got)).toEqual([-32700, -32700, -32600, -32600, a]);
  });

  it("a byte order mark at the start, and no second one (REL-6)", () => {
    const { pipe, got } = open();
    pipe.type(`\uFEFF${JSON.stringify(a)}\n\uFEFF${JSON.stringify(a)}\n${JSON.stringify(a)}\n`);
    expect(codes(got)).toEqual([a, -32700, a]);
  });

  it("a line that is not UTF-8 as -32700, and the next one as it is (REL-7, SEC-14)", () => {
    const { pipe, got } = open();
    const line = encoder.encode(JSON.stringify(a));
    const bad = Uint8Array.from(line);
    bad[line.length - 3] = 0xff;
    pipe.chunk(Uint8Array.from([...line, 10, ...bad, 10, ...line, 10]));
    expect(codes(got)).toEqual([a, -32700, a]);
  });

  it("a line that is too long as -32600 with the limit's name, and the next one as it is (REL-3)", () => {
    const { pipe, got } = open({ lineBytes: 100 });
    const chunk = new Uint8Array(1000).fill(32);
    for (let at = 0; at < 1000; at++) pipe.chunk(chunk);
    expect(got).toEqual([]);
    pipe.type(`\n${JSON.stringify(a)}\n`);
    expect(codes(got)).toEqual([-32600, a]);
    expect((got[0] as Malformed).error.data).toEqual({ limit: "lineBytes" });
    expect((got[0] as Malformed).response.id).toBeUndefined();
  });

  it("nothing of a line that has no end when the pipe ends (REL-8)", async () => {
    const { pipe, channel, got } = open();
    pipe.type(JSON.stringify(a));
    pipe.end();
    expect(await channel.closed).toEqual({ kind: "end" });
    expect(got).toEqual([]);
  });

  it("nothing after it was closed", async () => {
    const { pipe, channel, got } = open();
    const gate = new Gate();
    pipe.closing = gate.passed;
    const closing = channel.close();
    pipe.type(`${JSON.stringify(a)}\n`);
    gate.open();
    await closing;
    pipe.type(`${JSON.stringify(a)}\n`);
    expect(got).toEqual([]);
  });
});

describe("an ndjson channel sends", () => {
  it("one line for each message, whatever is in it", async () => {
    const { pipe, channel } = open();
    const params = { text: "a\nb\r\u2028é😀\u0000" };
    void channel.send(request(1, "a", params));
    void channel.send(notification("b", params));
    void channel.send(result(1, params));
    await settled();
    expect(pipe.messages).toEqual([request(1, "a", params), notification("b", params), result(1, params)]);
    expect(pipe.text.split("\n")).toHaveLength(4);
  });

  it("what is sent in one turn with one write", async () => {
    const { pipe, channel } = open();
    for (let id = 0; id < 100; id++) void channel.send(result(id));
    expect(pipe.written).toEqual([]);
    await settled();
    expect(pipe.written).toHaveLength(1);
    expect(pipe.messages.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, id) => id));
  });

  it("messages in order, of any length and kind", async () => {
    const kinds = [
      (id: number) => result(id, "x"),
      (id: number) => result(id, "é".repeat(40_000)),
      (id: number) => result(id, "x".repeat(70_000)),
      (id: number) => result(id, Serialized.of("x".repeat(20_000))),
      (id: number) => Serialized.of(notification("n", { id })),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(kinds.length - 1), { maxLength: 12 }), async (order) => {
        const { pipe, channel } = open();
        for (const [id, kind] of order.entries()) void channel.send((kinds[kind] as (id: number) => Message)(id));
        await settled();
        const ids = pipe.messages.map((message) => message["id"] ?? (message["params"] as { id: number }).id);
        expect(ids).toEqual(order.map((_, id) => id));
      }),
      { seed: 7, numRuns: 50 },
    );
  });

  it("long bytes as they are, without joining them", () => {
    const { pipe, channel } = open();
    const kept = Serialized.of("x".repeat(100_000));
    void channel.send(result(1, kept));
    expect(pipe.written).toContain(kept.bytes);
    expect(pipe.messages).toEqual([result(1, "x".repeat(100_000))]);
  });

  it("a promise while the reader is slow, and none while it is not (REL-9)", async () => {
    const { pipe, channel } = open();
    const long = result(1, "x".repeat(100_000));
    expect(channel.send(long)).toBeUndefined();
    const gate = new Gate();
    pipe.room = gate.passed;
    const slow = channel.send(long);
    expect(slow).toBeInstanceOf(Promise);
    const also = channel.send(result(2));
    expect(also).toBeInstanceOf(Promise);
    let free = false;
    void slow?.then(() => {
      free = true;
    });
    await settled();
    expect(free).toBe(false);
    pipe.room = undefined;
    gate.open();
    await Promise.all([slow, also]);
    expect(channel.send(result(3))).toBeUndefined();
  });

  it("makes a sender of small messages wait as well, before much is kept (REL-9)", async () => {
    const { pipe, channel } = open();
    pipe.room = new Promise(() => {});
    const small = notification("n", { text: "x".repeat(100) });
    let sent = 0;
    while (channel.send(small) === undefined && sent < 10_000) {
      sent++;
      await Promise.resolve();
    }
    expect(sent).toBeLessThan(1000);
  });

  it("-32603 for a result that is no JSON, and tells why here (REL-51)", async () => {
    const problems: unknown[] = [];
    const { pipe, channel } = open({ onProblem: (problem) => problems.push(problem) });
    void channel.send(result("x", { big: 1n }));
    await settled();
    expect(pipe.messages).toEqual([{ jsonrpc: "2.0", id: "x", error: { code: -32603, message: expect.any(String) } }]);
    expect(problems).toEqual([expect.any(TypeError)]);
  });

  it("nothing for a request that is no JSON, which throws", async () => {
    const { pipe, channel } = open();
    expect(() => channel.send(request(1, "a", { big: 1n }))).toThrow(TypeError);
    await settled();
    expect(pipe.written).toEqual([]);
  });

  it("nothing after it was closed", async () => {
    const { pipe, channel } = open();
    await channel.close();
    expect(channel.send(a)).toBeUndefined();
    await settled();
    expect(pipe.written).toEqual([]);
  });
});

describe("an ndjson channel ends", () => {
  it("with its pipe, and can still send (REL-8)", async () => {
    const { pipe, channel } = open();
    pipe.end();
    expect(await channel.closed).toEqual({ kind: "end" });
    void channel.send(result(1));
    await settled();
    expect(pipe.messages).toEqual([result(1)]);
  });

  it("with the error of its pipe", async () => {
    const { pipe, channel } = open();
    const error = new Error("broken");
    pipe.end(error);
    expect(await channel.closed).toEqual({ kind: "error", error });
  });

  it("by being closed: what was sent leaves first, and the reason is its own", async () => {
    const { pipe, channel } = open();
    const gate = new Gate();
    pipe.closing = gate.passed;
    void channel.send(a);
    const closing = channel.close();
    expect(pipe.messages).toEqual([a]);
    // As a socket does that ends both directions.
    pipe.end();
    gate.open();
    await closing;
    expect(await channel.closed).toEqual({ kind: "closed" });
  });

  it("once: whoever closes it again waits for the same end (REL-44)", async () => {
    const { pipe, channel } = open();
    const gate = new Gate();
    pipe.closing = gate.passed;
    let ended = 0;
    const closings = [channel.close(), channel.close()].map((closing) => closing.then(() => ended++));
    await settled();
    expect(ended).toBe(0);
    gate.open();
    await Promise.all(closings);
    expect(pipe.closes).toBe(1);
  });
});
