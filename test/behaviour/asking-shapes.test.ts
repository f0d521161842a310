/** Whatever shape the code of a handler has, it comes to the same where questions are requests and where they are rounds. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isModern, type Revision } from "../../src/protocol/index.ts";
import { ToolError } from "../../src/errors.ts";
import type { Schema } from "../../src/schema/index.ts";
import {
  type Context,
  InputRequired,
  inputRequired,
  result,
  Server,
  serve,
  ToolResult,
} from "../../src/server/index.ts";
import { channelPair } from "./channel-pair.ts";
import { BOTH_ERAS } from "./bindings.ts";
import { RawClient } from "./by-hand.ts";
import { accepting, type Answerer, drive, EVERYTHING, textOf, turns } from "./rounds.ts";
import { Tap } from "./tap.ts";

const form = z.object({ v: z.number() });
const FORM = { type: "object" as const, properties: { v: { type: "number" as const } } };
const question = (message: string) => ({
  method: "elicitation/create" as const,
  params: { message, requestedSchema: FORM },
});
const ask = async (context: Context, message: string): Promise<number> => (await context.require(message, form)).v;
const caught = (error: unknown): string => (error instanceof Error ? error.message : "suspended");

interface Shape {
  readonly handler: (context: Context, ran: string[]) => unknown;
  /** What the tool says in the end. */
  readonly says: unknown;
  /** What is done on the way, each once. */
  readonly does?: readonly string[];
  /** What the user is asked, in order, where that is told. */
  readonly asked?: readonly string[];
  readonly answer?: Answerer;
}

/** Something to do once. */
const step = (context: Context, name: string, ran: string[]): Promise<string> =>
  context.once(name, async () => {
    await turns(2);
    ran.push(name);
    return name;
  });

/** What the rounds of one test share, as a module of a program would. */
let flip = 0;

const SHAPES: Readonly<Record<string, Shape>> = {
  sequential: {
    handler: async (context) => [await ask(context, "a"), await ask(context, "bb"), await ask(context, "ccc")],
    says: [1, 2, 3],
  },
  "a loop": {
    handler: async (context) => {
      const all: number[] = [];
      for (let at = 1; at <= 4; at++) all.push(await ask(context, "x".repeat(at)));
      return all;
    },
    says: [1, 2, 3, 4],
  },
  "a loop with named steps": {
    handler: async (context, ran) => {
      const all: unknown[] = [];
      for (let at = 1; at <= 3; at++)
        all.push(await step(context, `item-${at}`, ran), await ask(context, "x".repeat(at)));
      return all;
    },
    says: ["item-1", 1, "item-2", 2, "item-3", 3],
    does: ["item-1", "item-2", "item-3"],
  },
  "the same question twice": {
    handler: async (context) => [await ask(context, "a"), await ask(context, "a")],
    says: [1, 1],
  },
  "the same question twice at once": {
    handler: (context) => Promise.all([ask(context, "a"), ask(context, "a")]),
    says: [1, 1],
  },
  helpers: {
    handler: async (context, ran) => {
      const sure = async (what: string): Promise<boolean> => {
        await step(context, `log ${what}`, ran);
        return (await ask(context, what)) > 1;
      };
      return [await sure("a"), await sure("bb")];
    },
    says: [false, true],
    does: ["log a", "log bb"],
  },
  all: { handler: (context) => Promise.all([ask(context, "a"), ask(context, "bb")]), says: [1, 2] },
  "all, beside a step": {
    handler: (context, ran) => Promise.all([step(context, "slow", ran), ask(context, "a")]),
    says: ["slow", 1],
    does: ["slow"],
  },
  "all, with a step behind a question": {
    handler: (context, ran) => Promise.all([ask(context, "a"), step(context, "slow", ran)]),
    says: [1, "slow"],
    does: ["slow"],
  },
  allSettled: {
    handler: async (context) =>
      (await Promise.allSettled([ask(context, "a"), ask(context, "bb")])).map(({ status }) => status),
    says: ["fulfilled", "fulfilled"],
  },
  any: { handler: (context) => Promise.any([ask(context, "a"), ask(context, "bb")]), says: 1 },
  race: { handler: (context) => Promise.race([ask(context, "a"), ask(context, "bb")]), says: 1 },
  "race with what never comes": {
    handler: (context) => Promise.race([ask(context, "a"), new Promise<never>(() => {})]),
    says: 1,
  },
  "catch that looks at the error": {
    handler: (context) => ask(context, "a").catch(({ name, message }: Error) => `${name.length} ${message.length}`),
    says: 1,
  },
  "catch that swallows": {
    handler: (context) => ask(context, "a").catch(() => "fallback"),
    says: 1,
  },
  "catch with a step": {
    handler: (context, ran) => ask(context, "a").catch(async () => step(context, "undo", ran)),
    says: 1,
    does: [],
  },
  "an error wrapped": {
    handler: async (context) => {
      try {
        return await ask(context, "a");
      } catch (error) {
        throw new Error("wrapped", { cause: error });
      }
    },
    says: 1,
  },
  "a retry loop": {
    handler: async (context) => {
      for (let at = 0; at < 3; at++) {
        try {
          return await ask(context, "a");
        } catch {
          await turns(1);
        }
      }
      throw new Error("gave up");
    },
    says: 1,
  },
  finally: {
    handler: async (context) => {
      let open = 1;
      try {
        return [await ask(context, "a"), open];
      } finally {
        open--;
      }
    },
    says: [1, 1],
  },
  "un-awaited": {
    handler: (context) => {
      void context.elicit("a", form);
      return "done";
    },
    says: "done",
  },
  "a late branch": {
    handler: async (context, ran) => {
      (async () => {
        await turns(20);
        await ask(context, "late");
        ran.push("late");
      })().catch(() => {});
      return ask(context, "a");
    },
    says: 1,
  },
  "order that changes between rounds": {
    handler: async (context) => {
      const [slow, fast] = flip++ % 2 === 0 ? [1, 8] : [8, 1];
      const later = async (count: number, message: string): Promise<number> => {
        await turns(count);
        return ask(context, message);
      };
      return Promise.all([later(slow, "a"), later(fast, "bb")]);
    },
    says: [1, 2],
  },
  "questions within a step": {
    handler: async (context) => context.once("outer", () => ask(context, "a")),
    says: 1,
  },
  "a step that fails and is tried again": {
    handler: async (context, ran) => {
      const failing = (at: number): Promise<string> =>
        context.once(`try-${at}`, () => {
          if (at === 0) throw new Error("first");
          ran.push("worked");
          return "worked";
        });
      const done = await failing(0).catch(() => failing(1));
      return [done, await ask(context, "a")];
    },
    says: ["worked", 1],
    does: ["worked"],
  },
  "a step whose value JSON changes": {
    handler: async (context) => {
      const value: unknown = await context.once("date", () => new Date(0));
      await ask(context, "a");
      return value;
    },
    says: "1970-01-01T00:00:00.000Z",
  },
  "a step that gives nothing": {
    handler: async (context) => [(await context.once("a", () => {})) === undefined, await ask(context, "a")],
    says: [true, 1],
  },
  "a step named twice": {
    handler: async (context) => {
      await context.once("x", () => 1);
      const again = await context.once("x", () => 2).catch((error: unknown) => caught(error).slice(0, 9));
      return [again, await ask(context, "a")];
    },
    says: ['once("x")', 1],
  },
  "a branch by the answer": {
    handler: async (context, ran) =>
      (await ask(context, "a")) === 1 ? step(context, "left", ran) : step(context, "right", ran),
    says: "left",
    does: ["left"],
  },
  "declined on purpose": {
    handler: async (context, ran) => {
      context.defer(() => ran.push("released"));
      const { action } = await context.elicit("a", form);
      return action === "accept" ? "booked" : "cancelled";
    },
    answer: () => ({ action: "decline" }),
    says: "cancelled",
  },
  "required, and declined": {
    handler: async (context, ran) => {
      context.defer(() => ran.push("released"));
      await step(context, "held", ran);
      return context.require("a", form);
    },
    answer: () => ({ action: "decline" }),
    says: 'The user answered "decline" to: a',
    does: ["held", "released"],
  },
  "a question that a failure leads to": {
    handler: async (context) => {
      const all: number[] = [];
      for (let at = 1; at <= 5; at++) {
        try {
          all.push(await ask(context, "x".repeat(at)));
        } catch {
          if (await context.confirm(`${at} failed. Again?`)) at--;
        }
      }
      return all;
    },
    says: [1, 2, 3, 4, 5],
    asked: ["x", "xx", "xxx", "xxxx", "xxxxx"],
  },
  "a question at last": {
    handler: async (context) => {
      let last = 0;
      try {
        last += await ask(context, "a");
      } finally {
        last += await ask(context, "bb");
      }
      return last;
    },
    says: 3,
    asked: ["a", "bb"],
  },
  "a step's value that is changed afterwards": {
    handler: async (context) => {
      const list = await context.once("list", (): number[] => []);
      for (const message of ["a", "bb", "ccc"]) list.push(await ask(context, message));
      return list;
    },
    says: [1, 2, 3],
  },
  "an answer that is changed afterwards": {
    handler: async (context) => {
      const answer = await context.elicit<Schema>("a", FORM as never);
      const content = answer.content as { v: number };
      for (const message of ["bb", "ccc"]) content.v += await ask(context, message);
      return content;
    },
    says: { v: 6 },
  },
  "a step with a name of the language": {
    handler: async (context, ran) => [
      await step(context, "__proto__", ran),
      await step(context, "constructor", ran),
      await ask(context, "a"),
      await ask(context, "bb"),
    ],
    says: ["__proto__", "constructor", 1, 2],
    does: ["__proto__", "constructor"],
  },
  "a question with a key of the language": {
    handler: async (context) => {
      const { v } = await context.require("a", form, { key: "__proto__" });
      return [v, await ask(context, "bb")];
    },
    says: [1, 2],
    asked: ["a", "bb"],
  },
  "questions by a result between others": {
    handler: async (context) => {
      const before = await ask(context, "a");
      const { one } = context.inputResponses ?? {};
      if (one === undefined) return inputRequired({ inputRequests: { one: question("bb") }, requestState: before });
      const after = await ask(context, "ccc");
      return [before, (one as { content: unknown }).content, context.requestState, after, await ask(context, "dddd")];
    },
    says: [1, { v: 2 }, 1, 3, 4],
    asked: ["a", "bb", "ccc", "dddd"],
  },
  "a visit before questions by a result": {
    handler: async (context) => {
      const action = await context.elicitUrl("a", "https://example.com/");
      const { one } = context.inputResponses ?? {};
      return one === undefined ? inputRequired({ inputRequests: { one: question("bb") } }) : [action];
    },
    says: ["accept"],
    asked: ["a", "bb"],
  },
  "being called again without a question": {
    handler: (context) => {
      const { inputResponses, requestState } = context;
      return requestState === undefined ? inputRequired({ requestState: 1 }) : [inputResponses, requestState];
    },
    says: [{}, 1],
  },
  "undo steps before questions by a result": {
    handler: (context, ran) => {
      context.defer(() => ran.push("released"));
      if (context.inputResponses === undefined) return inputRequired({ inputRequests: { one: question("a") } });
      throw new ToolError("no");
    },
    says: "no",
    does: ["released"],
  },
  "undo steps, and a result that is an error": {
    handler: async (context, ran) => {
      context.defer(() => ran.push("released"));
      await ask(context, "a");
      return result({ content: [{ type: "text", text: "no" }], isError: true });
    },
    says: "no",
    does: ["released"],
  },
  "an undo step that asks": {
    handler: async (context, ran) => {
      context.defer(() => ran.push("released"));
      context.defer(async () => {
        const told = await context.confirm("Release?").catch(caught);
        ran.push(typeof told === "string" ? "could not ask" : "asked");
      });
      await ask(context, "a");
      throw new ToolError("no");
    },
    says: "no",
    does: ["could not ask", "released"],
    asked: ["a"],
  },
  "several, under names": {
    handler: async (context) => {
      const { one, two } = await context.ask({ one: question("a"), two: question("bb") });
      return [one.content?.["v"], two.content?.["v"]];
    },
    says: [1, 2],
  },
};

interface Outcome {
  readonly said: unknown;
  readonly ran: readonly string[];
  readonly asked: readonly string[];
}

async function outcome(revision: Revision, { handler, answer = accepting }: Shape): Promise<Outcome> {
  flip = 0;
  const ran: string[] = [];
  const asked: string[] = [];
  const answering: Answerer = (question, key) => {
    asked.push(question.params["message"]);
    return answer(question, key);
  };
  const server = new Server({ name: "shapes", version: "1" }, { onError: () => {} }).tool(
    "ask",
    {},
    async (_, context) => {
      const value = await handler(context, ran);
      if (value instanceof InputRequired || value instanceof ToolResult) return value;
      return typeof value === "string" ? value : JSON.stringify(value);
    },
  );
  const { client: here, server: there } = channelPair();
  const serving = serve(server, there);
  const raw = new RawClient(here, new Tap(revision), revision, EVERYTHING);
  await raw.open();
  try {
    const { response } = await drive(raw, "tools/call", { name: "ask" }, answering);
    // What is left of a handler gets its chance to do harm.
    await turns(40);
    return { said: textOf(response), ran, asked };
  } finally {
    await serving.close();
  }
}

describe.each(BOTH_ERAS)("a handler on %s, written with", (revision) => {
  it.each(Object.entries(SHAPES))("%s", async (name, shape) => {
    const says = typeof shape.says === "string" ? shape.says : JSON.stringify(shape.says);
    const { said, ran, asked } = await outcome(revision, shape);
    expect([name, said]).toEqual([name, says]);
    // Alone where questions are requests, a branch that is left over gets its answer.
    const does = !isModern(revision) && name === "a late branch" ? ["late"] : (shape.does ?? []);
    expect(ran).toEqual(does);
    expect(asked).toEqual(shape.asked ?? asked);
  });
});
