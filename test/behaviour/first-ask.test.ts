import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Handlers } from "../../src/client/index.ts";
import type { Context, ToolContent } from "../../src/server/index.ts";

const ERAS = ["2025-11-25", "2026-07-28"] as const;

/** Calls a tool in a program that has asked nothing yet, so that what asks has to be loaded. */
async function call(
  revision: (typeof ERAS)[number],
  handler: (context: Context) => ToolContent | Promise<ToolContent>,
  on: Handlers,
  until: Promise<unknown> = Promise.resolve(),
) {
  const [{ Server, serve }, { Client }, { memory }] = await Promise.all([
    import("../../src/server/index.ts"),
    import("../../src/client/index.ts"),
    import("../../src/transports/index.ts"),
  ]);
  const problems: unknown[] = [];
  const server = new Server({ name: "first", version: "1" }, { onError: (problem) => problems.push(problem) });
  server.tool("ask", {}, (_input, context) => handler(context));
  const [here, there] = memory();
  const serving = serve(server, there);
  const client = await Client.connect(here, { revisions: [revision], on });
  const result = await client.callTool("ask");
  await until;
  await client.close();
  await serving.closed;
  return { result, problems };
}

describe.each(ERAS)("the first call of a program that asks [%s]", (revision) => {
  let asked: string[];
  let heard = (): void => {};
  const on: Handlers = {
    "elicitation/create": (params) => {
      asked.push(params.message);
      heard();
      return { action: "accept", content: {} };
    },
  };

  beforeEach(() => {
    asked = [];
    vi.resetModules();
  });

  it("gets the answers to what it asks in one turn, each once and in order", async () => {
    const handler = async (context: Context): Promise<string> => {
      const answers = await Promise.all([context.confirm("one?"), context.confirm("two?")]);
      return answers.join();
    };
    const { result } = await call(revision, handler, on);
    expect(result.content).toEqual([{ type: "text", text: "true,true" }]);
    expect(asked).toEqual(["one?", "two?"]);
  });

  it("asks what it does not wait for", async () => {
    const handler = (context: Context): string => {
      void context.confirm("who waits?");
      return "done";
    };
    const until = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const { result } = await call(revision, handler, on, until);
    expect(result.content).toEqual([{ type: "text", text: "done" }]);
    expect(asked).toEqual(["who waits?"]);
  });

  it("does its steps once, before what it asks behind them", async () => {
    const done: string[] = [];
    const handler = async (context: Context): Promise<string> => {
      const step = context.once("step", () => {
        done.push("step");
        return 7;
      });
      const answer = context.confirm("go on?");
      return `${await step} ${await answer}`;
    };
    const { result } = await call(revision, handler, on);
    expect(result.content).toEqual([{ type: "text", text: "7 true" }]);
    expect(done).toEqual(["step"]);
  });

  it("undoes what it left to undo when it fails in the same turn", async () => {
    const undone: string[] = [];
    const handler = (context: Context): string => {
      context.defer(() => undone.push("first"));
      context.defer(() => undone.push("second"));
      throw new Error("no");
    };
    const { result, problems } = await call(revision, handler, on);
    expect(result.isError).toBe(true);
    expect(undone).toEqual(["second", "first"]);
    expect(problems).toHaveLength(1);
  });

  it("keeps its key, which was looked at before, and its progress", async () => {
    const keys: string[] = [];
    const handler = async (context: Context): Promise<string> => {
      keys.push(context.requestKey);
      await context.confirm("go on?");
      keys.push(context.requestKey);
      return "done";
    };
    await call(revision, handler, on);
    expect(new Set(keys).size).toBe(1);
    expect(keys.length).toBeGreaterThanOrEqual(2);
  });
});
