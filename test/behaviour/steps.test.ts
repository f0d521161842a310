import { describe, expect } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import type { Context } from "../../src/server/index.ts";
import { inMemory } from "./bindings.ts";
import type { Joint } from "./joint.ts";

/** Runs a handler once, and says whether the call failed. */
async function run(joint: Joint, handler: (context: Context) => unknown): Promise<boolean> {
  const client = await joint.connect(joint.server().tool("a", {}, (_, context) => handler(context) as never));
  return client.callTool("a").then(
    ({ isError }) => isError === true,
    () => true,
  );
}

describe("undo steps", () => {
  inMemory("run in reverse when the call fails, in whatever way", REVISIONS, async (joint) => {
    const ways: [string, () => unknown][] = [
      ["an error", () => Promise.reject(new Error("x"))],
      ["a tool error", () => Promise.reject(new ToolError("x"))],
      ["nothing", () => undefined],
      ["what is no block", () => [5]],
      ["what cannot be written", () => ({ type: "text", text: "x", annotations: { priority: 5n } })],
    ];
    for (const [what, way] of ways) {
      const undone: number[] = [];
      const failed = await run(joint, async (context) => {
        context.defer(() => undone.push(1));
        context.defer(async () => {
          await Promise.resolve();
          undone.push(2);
        });
        return way();
      });
      expect([what, failed, undone]).toEqual([what, true, [2, 1]]);
    }
  });

  inMemory("do not run when it succeeds", REVISIONS, async (joint) => {
    let undone = false;
    const failed = await run(joint, (context) => {
      context.defer(() => {
        undone = true;
      });
      return "x";
    });
    expect([failed, undone]).toEqual([false, false]);
  });

  inMemory("that fail are told to the author, and the others run all the same", REVISIONS, async (joint) => {
    const undone: number[] = [];
    await run(joint, (context) => {
      context.defer(() => undone.push(1));
      context.defer(() => Promise.reject(new Error("undo")));
      context.defer(() => undone.push(3));
      throw new ToolError("x");
    });
    expect(undone).toEqual([3, 1]);
    expect(joint.reports).toEqual([expect.objectContaining({ message: "undo" })]);
  });
});

describe("steps", () => {
  inMemory("give what JSON makes of their value, the first time too", REVISIONS, async (joint) => {
    const given: unknown[] = [];
    await run(joint, async (context) => {
      given.push(await context.once("a", () => ({ at: new Date(0), left: undefined })));
      given.push(await context.once("b", async () => [Number.NaN]));
      given.push(await context.once("c", () => undefined));
      return "x";
    });
    expect(given).toEqual([{ at: "1970-01-01T00:00:00.000Z" }, [null], undefined]);
  });

  inMemory("need a name of their own", REVISIONS, async (joint) => {
    let failure: unknown;
    const failed = await run(joint, async (context) => {
      await context.once("a", () => 1);
      failure = await context.once("a", () => 2).catch((error: unknown) => error);
      return "x";
    });
    expect(failed).toBe(false);
    expect(failure).toMatchObject({ name: "DefinitionError", message: expect.stringContaining('once("a")') });
  });

  inMemory("share a key with their call, and with no other", REVISIONS, async (joint) => {
    const keys: string[] = [];
    for (let at = 0; at < 2; at++) {
      await run(joint, (context) => {
        keys.push(context.requestKey, context.requestKey);
        return "x";
      });
    }
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(keys[0]).not.toBe(keys[2]);
  });
});
