import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { SessionOptions } from "../../../src/server/http/index.ts";
import { memoryKeyValue } from "../../../src/stores/index.ts";
import { Conversation, initialize } from "../conversation.ts";
import { Reached, testServer } from "../reached.ts";

const server = testServer().tool("echo", {}, () => "done");
const MINUTE = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

function open(sessions: SessionOptions = {}): Promise<Conversation> {
  return Conversation.with(server, { options: { sessions } });
}

const ping = async (session: Conversation): Promise<number> => (await session.request("ping")).status;

describe("how long a session lives", () => {
  it("ends when nothing was done in it for sessionIdle", async () => {
    const session = await open();
    await pass(limits.sessionIdle - 1);
    expect(await ping(session)).toBe(200);
    await pass(limits.sessionIdle - 1);
    expect(await ping(session)).toBe(200);
    await pass(limits.sessionIdle + 1);
    expect(await ping(session)).toBe(404);
  });

  it("ends after sessionLifetime, whatever is done in it", async () => {
    const session = await open();
    const steps = limits.sessionLifetime / (20 * MINUTE);
    for (let step = 1; step < steps; step++) {
      await pass(20 * MINUTE);
      expect(await ping(session)).toBe(200);
    }
    await pass(20 * MINUTE);
    expect(await ping(session)).toBe(404);
  });

  it("ends by sessionLifetime also while its stream is open, and ends the stream", async () => {
    const session = await open({ lifetime: 10 * MINUTE });
    const stream = await session.stream();
    await pass(10 * MINUTE - 1);
    expect(await ping(session)).toBe(200);
    await pass(limits.keepAlive + 1);
    expect(await stream.rest()).toEqual([]);
    expect(await ping(session)).toBe(404);
  });

  it("takes both times as options", async () => {
    const session = await open({ idle: MINUTE, lifetime: 90_000 });
    await pass(MINUTE - 1);
    expect(await ping(session)).toBe(200);
    await pass(31_000);
    expect(await ping(session)).toBe(404);
  });

  it("does not end while its stream is open or a call runs", async () => {
    const session = await open();
    const stream = await session.stream();
    await pass(limits.sessionIdle * 2);
    expect(await ping(session)).toBe(200);
    await stream.leave();
  });

  it("ends after sessionOpening when it was opened and never used, and makes room", async () => {
    const reached = new Reached(server, { sessions: { store: memoryKeyValue({ entries: 1 }) } });
    const opened = await reached.post(initialize());
    const session = new Conversation(reached, { "mcp-session-id": opened.headers.get("mcp-session-id") });
    expect((await reached.post(initialize())).status).toBe(503);
    await pass(limits.sessionOpening + 1);
    expect((await reached.post(initialize())).status).toBe(200);
    expect(await ping(session)).toBe(404);
  });

  it("goes by the clock of its store", async () => {
    let now = 0;
    const session = await open({ store: memoryKeyValue({ now: () => now }), idle: 1000 });
    now += 999;
    expect(await ping(session)).toBe(200);
    await pass(0);
    now += 1000;
    expect(await ping(session)).toBe(404);
  });

  it("leaves no timer behind", async () => {
    const session = await open();
    const stream = await session.stream();
    await stream.leave();
    await session.delete();
    await session.reached.handler.close();
    await pass(limits.keepAlive * 2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a stream whose reader takes nothing for stalledTimeout is closed, and can be opened again", async () => {
    const noted = testServer().resource("note://a", () => "text");
    const session = await Conversation.with(noted, { options: { replay: false } });
    await (await session.request("resources/subscribe", { uri: "note://a" })).text();
    const stalled = await session.get();
    for (let n = 0; n < 2000; n++) noted.updated("note://a");
    await pass(limits.stalledTimeout + limits.keepAlive * 2);
    await expect(stalled.text()).rejects.toThrow();
    const stream = await session.stream();
    noted.updated("note://a");
    expect((await stream.message()).method).toBe("notifications/resources/updated");
  });
});
