/** Programs that nobody thought of: each comes to the same where questions are requests and where they are rounds. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { ToolError } from "../../src/errors.ts";
import type { Revision } from "../../src/protocol/index.ts";
import { type Context, Server, serve } from "../../src/server/index.ts";
import { channelPair } from "./channel-pair.ts";
import { BOTH_ERAS } from "./bindings.ts";
import { RawClient } from "./by-hand.ts";
import { drive, EVERYTHING, textOf, turns } from "./rounds.ts";
import { Tap } from "./tap.ts";

/** A piece of a handler. */
type Program =
  | { readonly kind: "ask"; readonly message: string; readonly key: boolean }
  | { readonly kind: "step"; readonly turns: number }
  | { readonly kind: "wait"; readonly turns: number }
  | { readonly kind: "defer" }
  | { readonly kind: "fail" }
  | { readonly kind: "sequence" | "all" | "settled" | "loop"; readonly parts: readonly Program[] }
  | { readonly kind: "catch" | "finally" | "branch"; readonly parts: readonly [Program, Program] };

const ask = fc.record({
  kind: fc.constant("ask"),
  message: fc.constantFrom("a", "bb", "ccc", "dddd"),
  key: fc.boolean(),
});
const leaf = fc.oneof(
  { weight: 3, arbitrary: ask },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("step"), turns: fc.nat(3) }) },
  fc.record({ kind: fc.constant("wait"), turns: fc.nat(3) }),
  fc.record({ kind: fc.constant("defer") }),
);
const list = (part: fc.Arbitrary<unknown>) => fc.array(part, { minLength: 1, maxLength: 3 });
const pair = (part: fc.Arbitrary<unknown>) => fc.tuple(part, part);

/** What fails is left out of what runs beside something else: what is left over then is another matter in each era. */
const { program } = fc.letrec<{ program: Program; calm: Program }>((tie) => ({
  calm: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constantFrom("sequence", "all", "settled", "loop"), parts: list(tie("calm")) }),
    fc.record({ kind: fc.constantFrom("catch", "finally", "branch"), parts: pair(tie("calm")) }),
  ) as fc.Arbitrary<Program>,
  program: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constant("fail") }),
    fc.record({ kind: fc.constantFrom("sequence", "loop"), parts: list(tie("program")) }),
    fc.record({ kind: fc.constantFrom("all", "settled"), parts: list(tie("calm")) }),
    fc.record({ kind: fc.constantFrom("catch", "finally", "branch"), parts: pair(tie("program")) }),
  ) as fc.Arbitrary<Program>,
}));

const form = z.object({ v: z.number() });

/** Runs programs, and writes down what they do. */
class Run {
  readonly done: string[] = [];
  readonly undone: string[] = [];

  async run(part: Program, context: Context, at: string): Promise<unknown> {
    const child = (index: number): Promise<unknown> => {
      const { parts } = part as { parts: readonly Program[] };
      return this.run(parts[index] as Program, context, `${at}.${index}`);
    };
    const each = (parts: readonly Program[]): Promise<unknown>[] => parts.map((_, index) => child(index));
    switch (part.kind) {
      case "ask":
        return (await context.require(part.message, form, part.key ? { key: at } : {})).v;
      case "step": {
        const value = await context.once(at, async () => {
          await turns(part.turns);
          this.done.push(at);
          return [at];
        });
        value.push("seen");
        return value;
      }
      case "wait":
        return turns(part.turns);
      case "defer":
        return context.defer(() => this.undone.push(at));
      case "fail":
        throw new ToolError(at);
      case "sequence": {
        const all: unknown[] = [];
        for (let index = 0; index < part.parts.length; index++) all.push(await child(index));
        return all;
      }
      case "loop": {
        const all: unknown[] = [];
        for (let turn = 0; turn < 2; turn++) {
          for (const [index, inner] of part.parts.entries()) {
            all.push(await this.run(inner, context, `${at}.${index}-${turn}`));
          }
        }
        return all;
      }
      case "all":
        return Promise.all(each(part.parts));
      case "settled":
        return (await Promise.allSettled(each(part.parts))).map(({ status }) => status);
      case "catch":
        try {
          return await child(0);
        } catch {
          return ["caught", await child(1)];
        }
      case "finally":
        try {
          return await child(0);
        } finally {
          await child(1);
        }
      case "branch":
        return Number(await child(0)) % 2 === 1 ? child(1) : "not";
    }
  }
}

async function outcome(revision: Revision, whole: Program): Promise<object | undefined> {
  const run = new Run();
  const reports: unknown[] = [];
  const asked: string[] = [];
  const server = new Server({ name: "programs", version: "1" }, { onError: (error) => reports.push(error) });
  server.tool("ask", {}, async (_, context) => JSON.stringify(await run.run(whole, context, "p")) ?? "nothing");
  const { client: here, server: there } = channelPair();
  const serving = serve(server, there);
  const raw = new RawClient(here, new Tap(revision), revision, EVERYTHING);
  await raw.open();
  const { response } = await drive(raw, "tools/call", { name: "ask" }, ({ params }) => {
    asked.push(params["message"]);
    return { action: "accept", content: { v: params["message"].length } };
  });
  await turns(10);
  await serving.close();
  // A call may ask in ten rounds, and no more.
  if (reports.some((error) => String(error).includes("rounds;"))) return undefined;
  return { said: textOf(response), done: run.done.sort(), undone: run.undone.sort(), asked: asked.sort(), reports };
}

it("MRTR: a handler written at random", { timeout: 60_000 }, async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(program, async (whole) => {
      const [requests, rounds] = await Promise.all(BOTH_ERAS.map((revision) => outcome(revision, whole)));
      if (rounds === undefined) return;
      compared++;
      expect(rounds).toEqual(requests);
    }),
    { numRuns: 500, seed: 20_260_728, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(100);
});
