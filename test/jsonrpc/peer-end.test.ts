import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Call, Response } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import { Gate, meet, notification, request, result, settled, TestCall } from "./doubles.ts";

describe("a connection that closes (REL-44)", () => {
  it("rejects everything that waits, each once, and whatever comes after", async () => {
    const { channel, transport } = meet();
    let rejections = 0;
    const waiting = Array.from({ length: 1000 }, (_, id) => transport.exchange(request(id), new TestCall()));
    for (const answer of waiting) answer.catch(() => rejections++);
    await transport.close();
    await transport.close();
    await expect(waiting[999]).rejects.toMatchObject({ name: "LocalError", code: "closed" });
    expect(rejections).toBe(1000);
    const sent = channel.sent.length;
    await expect(transport.exchange(request(1), new TestCall())).rejects.toMatchObject({ code: "closed" });
    expect(channel.sent).toHaveLength(sent);
    expect(await transport.closed).toEqual({ kind: "closed" });
  });

  it("gives the reason to everything that waits when it broke", async () => {
    const { channel, transport } = meet();
    const answer = transport.exchange(request(1), new TestCall());
    const error = new Error("ECONNRESET");
    channel.finish({ kind: "error", error });
    await expect(answer).rejects.toMatchObject({ name: "LocalError", code: "closed", cause: error });
    expect(await transport.closed).toEqual({ kind: "error", error });
  });

  it("stops what is being answered, and answers nothing more", async () => {
    const gate = new Gate<Response>();
    const calls: Call[] = [];
    const { channel, transport } = meet(
      {
        ask: (_, call) => {
          calls.push(call);
          return gate.passed;
        },
      },
      { inFlight: 1 },
    );
    channel.deliver(request(1));
    channel.deliver(request(2));
    await transport.close();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.signal.reason).toMatchObject({ code: "closed" });
    gate.open(result(1));
    await settled();
    void calls[0]?.emit(notification("late"));
    expect([channel.sent, calls.length]).toEqual([[], 1]);
  });

  it("may be closed by a handler, and by whoever is rejected", async () => {
    const meeting = meet({
      ask: async ({ id }) => {
        void meeting.transport.close();
        return result(id);
      },
    });
    const closing = meeting.transport.exchange(request(1), new TestCall()).catch(() => meeting.transport.close());
    meeting.channel.deliver(request(1));
    await closing;
    expect(await meeting.transport.closed).toEqual({ kind: "closed" });
  });

  it("settles although a listener throws (REL-52)", async () => {
    const { channel, transport } = meet({
      end() {
        throw new Error("the listener failed");
      },
    });
    channel.finish({ kind: "end" });
    expect(await transport.closed).toEqual({ kind: "end" });
  });
});

describe("a peer that sends nothing more (REL-8)", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("still gets the answers to what it asked, also those that waited, and then the channel is closed", async () => {
    const gates = new Map<unknown, Gate<Response>>();
    let ended = 0;
    const { channel, transport } = meet(
      {
        ask: ({ id }) => {
          const gate = new Gate<Response>();
          gates.set(id, gate);
          return gate.passed;
        },
        end: () => ended++,
      },
      { inFlight: 1 },
    );
    channel.deliver(request(1));
    channel.deliver(request(2));
    channel.finish({ kind: "end" });
    await settled();
    expect([ended, channel.closes]).toEqual([1, 0]);
    gates.get(1)?.open(result(1));
    await settled();
    expect(channel.closes).toBe(0);
    gates.get(2)?.open(result(2));
    await settled();
    expect(channel.sent).toEqual([result(1), result(2)]);
    expect(channel.closes).toBe(1);
    expect(await transport.closed).toEqual({ kind: "end" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is waited for no longer than the grace time", async () => {
    const calls: Call[] = [];
    const { channel, transport } = meet({
      ask: (_, call) => {
        calls.push(call);
        return new Promise(() => {});
      },
    });
    channel.deliver(request(1));
    channel.finish({ kind: "end" });
    await vi.advanceTimersByTimeAsync(limits.graceTimeout - 1);
    expect([calls[0]?.signal.aborted, channel.closes]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await transport.closed).toEqual({ kind: "end" });
    expect([calls[0]?.signal.aborted, channel.closes]).toEqual([true, 1]);
  });

  it("ends at once when nothing is being answered, and own requests reject at once", async () => {
    const { channel, transport } = meet({}, { graceTimeout: 1 });
    const answer = transport.exchange(request(1), new TestCall());
    channel.finish({ kind: "end" });
    await expect(answer).rejects.toMatchObject({ code: "closed" });
    await transport.closed;
    expect([channel.closes, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it("is not waited for where the revision forbids what it asked", async () => {
    const { channel, transport } = meet({ ask: () => undefined });
    channel.deliver(request(1));
    channel.finish({ kind: "end" });
    expect(await transport.closed).toEqual({ kind: "end" });
  });
});
