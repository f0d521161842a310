import { describe, expect } from "vitest";
import { isModern } from "../../src/protocol/index.ts";
import type { Context } from "../../src/server/index.ts";
import { inMemory, LEGACY, MODERN, since } from "./bindings.ts";

const USES: Readonly<Record<string, (context: Context) => unknown>> = {
  "sampling/createMessage": (context) => context.sample({ messages: [], maxTokens: 1 }),
  "roots/list": (context) => context.roots(),
  "notifications/message": (context) => context.log("error", "x"),
};
const ON = {
  "sampling/createMessage": () => ({
    role: "assistant" as const,
    content: { type: "text" as const, text: "x" },
    model: "m",
  }),
  "roots/list": () => ({ roots: [] }),
  "notifications/message": () => {},
  "elicitation/create": () => ({ action: "cancel" as const }),
};

describe("what a revision advises against", () => {
  inMemory("works, and its author hears of it once", since("2025-06-18"), async (joint) => {
    const warned: string[] = [];
    const logger = { warn: (...data: readonly unknown[]) => warned.push(String(data[0])), error: () => {} };
    const server = joint.server({ logger });
    for (const [name, use] of Object.entries(USES)) {
      server.tool(name.replace("/", "_"), {}, async (_, context) => {
        await use(context);
        await context.confirm("?");
        return "done";
      });
    }
    const told: string[] = [];
    const client = await joint.connect(server, {
      on: ON,
      logLevel: "debug",
      logger: { warn: (...data: readonly unknown[]) => told.push(String(data[1])) },
    });
    for (const name of Object.keys(USES)) {
      expect(await client.call(name.replace("/", "_"))).toBe("done");
      expect(await client.call(name.replace("/", "_"))).toBe("done");
    }
    const names = Object.keys(USES).toSorted();
    const expected = isModern(joint.revision)
      ? names.map((name) => expect.stringContaining(`${name} is deprecated since revision`))
      : [];
    expect(warned.toSorted()).toEqual(expected);
    expect(told.toSorted()).toEqual(expected);
  });

  inMemory("is nothing of what is not used", [...LEGACY, ...MODERN], async (joint) => {
    const warned: string[] = [];
    const server = joint.server({
      logger: { warn: (...data: readonly unknown[]) => warned.push(String(data[0])), error: () => {} },
    });
    const client = await joint.connect(server.tool("a", {}, () => "x"));
    await client.call("a");
    expect([warned, joint.warnings]).toEqual([[], []]);
  });
});
