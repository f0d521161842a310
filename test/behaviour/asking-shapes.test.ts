/** Whatever shape the code of a handler has, it comes to the same where questions are requests and where they are rounds. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isModern, type Revision } from "../../src/protocol/index.ts";
import { type Context, Server, serve } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";
import { BOTH_ERAS } from "./bindings.ts";
import { RawClient } from "./by-hand.ts";
import { accepting, type Answerer, drive, EVERYTHING, textOf, turns } from "./rounds.ts";
import { Tap } from "./tap.ts";

const form = z.object({ v: z.number() });
const ask = async (context: Context, message: string): Promise<number> => (await context.require(message, form)).v;
const caught = (error: unknown): string => (error instanceof Error ? error.message : "suspended");

interface Shape {
  readonly handler: (context: Context, ran: string[]) => unknown;
  /** What the tool says in the end. */
  readonly says: unknown;
  /** What is done on the way, each once. */
  readonly does?: readonly string[];
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
  "several, under names": {
    handler: async (context) => {
      const requestedSchema = { type: "object" as const, properties: { v: { type: "number" as const } } };
      const { one, two } = await context.ask({
        one: { method: "elicitation/create", params: { message: "a", requestedSchema } },
        two: { method: "elicitation/create", params: { message: "bb", requestedSchema } },
      });
      return [one.content?.["v"], two.content?.["v"]];
    },
    says: [1, 2],
  },
};

async function outcome(revision: Revision, { handler, answer = accepting }: Shape): Promise<[unknown, string[]]> {
  flip = 0;
  const ran: string[] = [];
  const server = new Server({ name: "shapes", version: "1" }, { onError: () => {} }).tool(
    "ask",
    {},
    async (_, context) => {
      const value = await handler(context, ran);
      return typeof value === "string" ? value : JSON.stringify(value);
    },
  );
  const [here, there] = memory();
  const serving = serve(server, there);
  const raw = new RawClient(here, new Tap(revision), revision, EVERYTHING);
  await raw.open();
  try {
    const { response } = await drive(raw, "tools/call", { name: "ask" }, answer);
    // What is left of a handler gets its chance to do harm.
    await turns(40);
    return [textOf(response), ran];
  } finally {
    await serving.close();
  }
}

describe.each(BOTH_ERAS)("a handler on %s, written with", (revision) => {
  it.each(Object.entries(SHAPES))("%s", async (name, shape) => {
    const says = typeof shape.says === "string" ? shape.says : JSON.stringify(shape.says);
    const [said, ran] = await outcome(revision, shape);
    expect([name, said]).toEqual([name, says]);
    // Alone where questions are requests, a branch that is left over gets its answer.
    const does = !isModern(revision) && name === "a late branch" ? ["late"] : (shape.does ?? []);
    expect(ran).toEqual(does);
  });
});
