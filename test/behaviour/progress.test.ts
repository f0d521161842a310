import { describe, expect } from "vitest";
import type { Progress } from "../../src/client/index.ts";
import type { Request } from "../../src/jsonrpc/index.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import { everywhere, inMemory } from "./bindings.ts";

describe("PROG-1: progress", () => {
  everywhere("comes in order, before the answer", {}, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      for (let at = 1; at <= 20; at++) await context.progress(at, 20, `step ${at}`);
      return "done";
    });
    const client = await joint.connect(server);
    const seen: Progress[] = [];
    const outcome = await client.call("a", {}, { onProgress: (progress) => seen.push(progress) });
    expect(outcome).toBe("done");
    const words = joint.revision !== "2024-11-05";
    expect(seen).toEqual(
      Array.from({ length: 20 }, (_, at) => ({
        progress: at + 1,
        total: 20,
        ...(words ? { message: `step ${at + 1}` } : {}),
      })),
    );
  });

  everywhere("is only told to who asked for it", {}, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      await context.progress(1);
      return `${context.meta["progressToken"]}`;
    });
    const client = await joint.connect(server);
    expect(await client.call("a")).toBe("undefined");
    expect(joint.tap.from("server", "notifications/progress")).toEqual([]);
    expect(await client.call("a", {}, { resetOnProgress: true })).not.toBe("undefined");
    expect(joint.tap.from("server", "notifications/progress")).toHaveLength(1);
  });

  everywhere("of two calls at once goes to each its own", {}, async (joint) => {
    const server = joint.server().tool("a", { input: { type: "object" } }, async (input, context) => {
      const { from } = input as { from: number };
      for (let at = 0; at < 5; at++) await context.progress(from + at);
      return "x";
    });
    const client = await joint.connect(server);
    const seen: number[][] = [[], []];
    await Promise.all(
      [0, 100].map((from, at) =>
        client.call("a", { from }, { onProgress: ({ progress }) => seen[at]?.push(progress) }),
      ),
    );
    expect(seen).toEqual([
      [0, 1, 2, 3, 4],
      [100, 101, 102, 103, 104],
    ]);
    const tokens = joint.tap
      .from("client", "tools/call")
      .map(
        (message) => ((message as Request).params?.["_meta"] as { progressToken: unknown } | undefined)?.progressToken,
      );
    expect(new Set(tokens).size).toBe(2);
  });

  everywhere("T-29: tokens 0 and the empty text are tokens, and come back with their type", {}, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      await context.progress(0.5);
      return "x";
    });
    const raw = await joint.raw(server);
    for (const progressToken of [0, "", "0", 7]) {
      await raw.request("tools/call", { name: "a", _meta: { progressToken } });
    }
    const told = await raw.notifications("notifications/progress", 4);
    expect(told.map(({ params }) => params)).toEqual(
      [0, "", "0", 7].map((progressToken) => ({ progressToken, progress: 0.5 })),
    );
  });

  inMemory("T-29: ids 0 and the empty text are ids", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, (_, { id }) => JSON.stringify(id)));
    for (const id of [0, "", "0", -5, "x".repeat(256), Number.MAX_SAFE_INTEGER]) {
      const { result } = await raw.request("tools/call", { name: "a" }, { id });
      expect(result).toMatchObject({ content: [{ text: JSON.stringify(id) }] });
    }
  });

  inMemory("never goes backwards, and never says what is no number", REVISIONS, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      for (const value of [1, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "9" as never, 2, undefined as never, 3]) {
        await context.progress(value, Number.NaN);
      }
      await context.progress(4, Number.POSITIVE_INFINITY, 'a "quoted"\nmessage');
      return "x";
    });
    const client = await joint.connect(server);
    const seen: Progress[] = [];
    await client.call("a", {}, { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ progress }) => progress)).toEqual([1, 2, 3, 4]);
    expect(seen.every(({ total }) => total === undefined)).toBe(true);
    expect(seen[3]?.message).toBe(joint.revision === "2024-11-05" ? undefined : 'a "quoted"\nmessage');
  });

  everywhere("stops with the answer", {}, async (joint) => {
    let later: (() => void) | undefined;
    const server = joint.server().tool("a", {}, (_, context) => {
      later = () => void context.progress(2);
      return "x";
    });
    const client = await joint.connect(server);
    const seen: Progress[] = [];
    await client.call("a", {}, { onProgress: (progress) => seen.push(progress) });
    later?.();
    await client.ping();
    expect(seen).toEqual([]);
    expect(joint.tap.from("server", "notifications/progress")).toEqual([]);
  });

  inMemory("of a stranger that belongs to nothing is dropped", REVISIONS, async (joint) => {
    const seen: unknown[] = [];
    const { client } = await joint.connectTo({
      "tools/call": (params, _request, server) => {
        const { progressToken } = params["_meta"] as { progressToken: number };
        for (const token of [progressToken + 1, `${progressToken}`, "x"]) {
          server.bad({
            jsonrpc: "2.0",
            method: "notifications/progress",
            params: { progressToken: token, progress: 1 },
          });
        }
        server.bad({ jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } });
        server.bad({ jsonrpc: "2.0", method: "notifications/progress" });
        return { content: [] };
      },
    });
    await client.callTool("a", {}, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([]);
  });

  inMemory("of a stranger that is none is not handed on", REVISIONS, async (joint) => {
    const seen: unknown[] = [];
    const { client } = await joint.connectTo({
      "tools/call": (params, _request, server) => {
        const { progressToken } = params["_meta"] as { progressToken: number };
        for (const progress of ["1", null, {}, undefined]) {
          server.bad({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress } });
        }
        return { content: [] };
      },
    });
    await client.callTool("a", {}, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([]);
  });

  inMemory("a listener that throws does not cost the answer", REVISIONS, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      await context.progress(1);
      return "x";
    });
    const client = await joint.connect(server);
    const onProgress = (): void => {
      throw new Error("mine");
    };
    expect(await client.call("a", {}, { onProgress })).toBe("x");
  });
});
