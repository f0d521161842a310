import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Handlers } from "../../src/client/index.ts";
import { Server, ToolError } from "../../src/server/index.ts";
import { rehearse } from "../../src/testing/index.ts";

const form = z.object({ v: z.number() });
const on: Handlers = {
  "elicitation/create": ({ message }) => ({ action: "accept", content: { v: message.length } }),
  "roots/list": () => ({ roots: [{ uri: "file:///a" }] }),
};
const quiet = { onError: () => {}, logger: { warn: () => {}, error: () => {} } };
const server = (): Server => new Server({ name: "stage", version: "1" }, quiet);

describe("rehearse", () => {
  it("finds nothing where a handler keeps to the rules", async () => {
    const good = server()
      .tool("book", { input: z.object({ city: z.string() }) }, async ({ city }, context) => {
        const hold = await context.once("hold", () => city.length);
        const [{ v }, roots] = await Promise.all([context.require("How long?", form), context.roots()]);
        return `${hold} ${v} ${roots.length}`;
      })
      .tool("visit", {}, (_, context) => context.elicitUrl("Go", "https://example.com/"))
      .tool("fail", {}, async (_, context) => {
        await context.confirm("?");
        throw new ToolError("It did not work");
      })
      .prompt("greet", {}, async (_, context) => `Hello ${(await context.require("name", form)).v}`)
      .resource("test://a", async (_, context) => `${(await context.require("name", form)).v}`);
    const calls = [
      { tool: "book", arguments: { city: "Oslo" } },
      { tool: "visit" },
      { tool: "fail" },
      { tool: "none" },
      { prompt: "greet" },
      { resource: "test://a" },
    ];
    expect(await rehearse(good, calls, { on })).toEqual([]);
  });

  it("tells of a question that is another one each time", async () => {
    let clock = 0;
    const bad = server().tool("late", {}, async (_, context) => `${(await context.require(`now ${++clock}`, form)).v}`);
    const [difference] = await rehearse(bad, [{ tool: "late" }], { on });
    expect(difference).toMatchObject({
      call: { tool: "late" },
      requests: { result: { content: [{ text: "5" }] } },
      rounds: { error: expect.stringContaining("Internal error") },
    });
  });

  it("tells of what is done again in each round", async () => {
    let done = 0;
    const bad = server().tool("count", {}, async (_, context) => {
      const mine = ++done;
      await context.confirm("?");
      return `${done - mine}${done}`;
    });
    expect(await rehearse(bad, [{ tool: "count" }], { on })).toHaveLength(1);
  });
});
