/** What becomes of a call that nobody waits for any more, while its handler asks, works or undoes. */
import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { z } from "zod";
import { type Context, contextOf } from "../../src/server/index.ts";
import { BOTH_ERAS, inMemory, MODERN } from "./bindings.ts";
import type { RawClient } from "./by-hand.ts";
import { accepting, asks, EVERYTHING, turns } from "./rounds.ts";

const form = z.object({ v: z.number() });
const call = { name: "ask", arguments: {} };

/** Waits until something is so. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await turns(1);
}

/** Starts a call, and cancels it as soon as something is so. */
async function cancelled(raw: RawClient, when: () => boolean): Promise<void> {
  raw.send(raw.compose("tools/call", call, "gone"));
  await until(when);
  raw.notify("notifications/cancelled", { requestId: "gone" });
  await raw.settle();
}

describe("CAN-1: a call that is cancelled", () => {
  inMemory("is undone, although its handler did not look", BOTH_ERAS, async (joint) => {
    const log: string[] = [];
    let go = (): void => {};
    const server = joint.server().tool("ask", {}, async (_, context) => {
      context.defer(() => log.push("undone"));
      log.push("began");
      await new Promise<void>((resolve) => (go = resolve));
      return "done";
    });
    const raw = await joint.raw(server, EVERYTHING);
    await cancelled(raw, () => log.length > 0);
    go();
    await until(() => log.length > 1);
    expect(log).toEqual(["began", "undone"]);
    expect(raw.responses("gone")).toEqual([]);
  });

  inMemory("while steps run as its round ends is undone, and they can stop", MODERN, async (joint) => {
    const log: string[] = [];
    const server = joint.server().tool("ask", {}, async (_, context) => {
      const { signal } = context;
      context.defer(() => log.push("undone"));
      void context.once("slow", async () => {
        log.push("began");
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        log.push("stopped");
      });
      return String(await context.require("a", form).catch(() => "caught"));
    });
    const raw = await joint.raw(server, EVERYTHING);
    await cancelled(raw, () => log.length > 0);
    await until(() => log.length > 2);
    expect(log).toEqual(["began", "stopped", "undone"]);
    expect(raw.responses("gone")).toEqual([]);
    expect(joint.reports).toEqual([]);
  });

  inMemory("while middleware asks tells the author of nothing", BOTH_ERAS, async (joint) => {
    let began = false;
    const server = joint
      .server()
      .tool("ask", {}, () => "x")
      .use((next) => async (request, given) => {
        if (request.method !== "tools/call") return next(request, given);
        began = true;
        const { signal } = given;
        const asked = contextOf(given).confirm("?");
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        await asked;
        return next(request, given);
      });
    const raw = await joint.raw(server, EVERYTHING);
    await cancelled(raw, () => began);
    await turns(3);
    expect(joint.reports).toEqual([]);
  });
});

describe("many questions at once", () => {
  inMemory("are no leak to Node, and end with their call (CAN-1)", BOTH_ERAS, async (joint) => {
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on("warning", hear);
    try {
      let ended: unknown;
      const server = joint.server().tool("ask", {}, async (_, context) => {
        const all = Array.from({ length: 12 }, (_, at) => context.confirm(`${at}`));
        ended = await Promise.allSettled(all);
        return "x";
      });
      const raw = await joint.raw(server, EVERYTHING);
      if (raw.modern) asks(await raw.request("tools/call", call));
      else await cancelled(raw, () => raw.received.length > 12);
      await until(() => ended !== undefined);
      expect(ended).toEqual(Array.from({ length: 12 }, () => expect.objectContaining({ status: "rejected" })));
      expect(warnings).toEqual([]);
    } finally {
      process.off("warning", hear);
    }
  });
});

describe("a handler that has no more time", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }));
  afterEach(() => void vi.useRealTimers());

  inMemory("is undone when it gives its result after all", BOTH_ERAS, async (joint) => {
    const log: string[] = [];
    let go = (): void => {};
    const server = joint.server({ timeout: 5000 }).tool("ask", {}, async (_, context) => {
      context.defer(() => log.push("undone"));
      log.push("began");
      await new Promise<void>((resolve) => (go = resolve));
      return "done";
    });
    const raw = await joint.raw(server, EVERYTHING);
    const response = raw.request("tools/call", call);
    await until(() => log.length > 0);
    await vi.advanceTimersByTimeAsync(6000);
    expect(await response).toMatchObject({ error: { code: -32603 } });
    expect(log).toEqual(["began"]);
    go();
    await until(() => log.length > 1);
    expect(log).toEqual(["began", "undone"]);
  });

  inMemory("is answered, and undone, while a step keeps its round from ending", MODERN, async (joint) => {
    const log: string[] = [];
    const server = joint.server({ timeout: 5000 }).tool("ask", {}, async (_, context) => {
      context.defer(() => log.push("undone"));
      void context.once("never", () => new Promise<never>(() => log.push("began")));
      return String((await context.require("a", form)).v);
    });
    const raw = await joint.raw(server, EVERYTHING);
    const response = raw.request("tools/call", call);
    await until(() => log.length > 0);
    await turns(2);
    await vi.advanceTimersByTimeAsync(6000);
    expect(await response).toMatchObject({ error: { code: -32603 } });
    await vi.advanceTimersByTimeAsync(30_000);
    await until(() => log.length > 1);
    expect(log).toEqual(["began", "undone"]);
  });

  inMemory("has the same time in every round (T-32)", MODERN, async (joint) => {
    let began = 0;
    const server = joint.server({ timeout: 5000 }).tool("ask", {}, async (_, context) => {
      began++;
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return String((await context.require("a", form)).v);
    });
    const raw = await joint.raw(server, EVERYTHING);
    const first = raw.request("tools/call", call);
    await until(() => began === 1);
    await vi.advanceTimersByTimeAsync(3000);
    const { requestState, inputRequests = {} } = asks(await first);
    const inputResponses = Object.fromEntries(
      Object.entries(inputRequests).map(([key, question]) => [key, accepting(question as never, key)]),
    );
    const second = raw.request("tools/call", { ...call, requestState, inputResponses });
    await until(() => began === 2);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await second).toMatchObject({ result: { content: [{ text: "1" }] } });
  });
});

describe("what nobody waits for", () => {
  inMemory("cannot end the process, whatever is asked and however it ends", BOTH_ERAS, async (joint) => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    try {
      const left: ((context: Context) => unknown)[] = [
        (context) => context.sample({ messages: [], maxTokens: 1 }),
        (context) => context.roots(),
        (context) => context.elicit("a", form),
        (context) => context.require("a", form),
        (context) => context.confirm("a"),
        (context) => context.elicitUrl("a", "https://example.com/"),
        (context) => context.ask({ one: { method: "roots/list", params: {} } }),
        (context) => context.once("fails", () => Promise.reject(new Error("no"))),
      ];
      const server = joint.server().tool("ask", {}, async (_, context) => {
        for (const ask of left) void ask(context);
        await turns(3);
        return "done";
      });
      const raw = await joint.raw(server, EVERYTHING);
      for (const method of ["sampling/createMessage", "roots/list", "elicitation/create"]) {
        raw.on(method, () => ({ error: { code: -1, message: "no" } }));
      }
      await raw.request("tools/call", call);
      await turns(5);
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", hear);
    }
  });
});
