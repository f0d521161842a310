/** One handler that uses everything a call can do, over every binding and era that has a way back. */
import { beforeAll, describe, expect } from "vitest";
import { z } from "zod";
import { isModern } from "../../src/protocol/index.ts";
import { type Context, type Server, serve, type ServerOptions } from "../../src/server/index.ts";
import { clientTasks, tasks } from "../../src/tasks/index.ts";
import { channelPair } from "./channel-pair.ts";
import { BOTH_ERAS, everywhere, HTTP, inMemory, MODERN, since } from "./bindings.ts";
import { RawClient } from "./by-hand.ts";
import type { Joint } from "./joint.ts";
import { allowTasks } from "./task-schema.ts";
import { ASKING, accepting, drive, EVERYTHING, textOf, turns } from "./rounds.ts";

allowTasks();

// Of two imports of what is still loading, the test runner gives one half of it.
beforeAll(() => import("../../src/schema/validator/index.ts"));

const form = z.object({ v: z.number() });

/** Four questions, a step, a step beside a question, and a loop with named steps. */
async function book(context: Context, ran: string[]): Promise<string> {
  const step = (name: string, waits = 0): Promise<string> =>
    context.once(name, async () => {
      await turns(waits);
      ran.push(name);
      return `${name}!`;
    });
  const first = await context.require("a", form);
  const hold = await step("hold");
  const second = await context.require("bb", form);
  const [third, slow] = await Promise.all([context.require("ccc", form), step("slow", 5)]);
  const items: string[] = [];
  for (let at = 0; at < 3; at++) items.push(await step(`item-${at}`));
  const sure = await context.confirm("dddd");
  return JSON.stringify([first.v, hold, second.v, third.v, slow, items, sure]);
}

const SAYS = JSON.stringify([1, "hold!", 2, 3, "slow!", ["item-0!", "item-1!", "item-2!"], true]);
const DOES = ["hold", "item-0", "item-1", "item-2", "slow"];

const booking = (joint: Joint, ran: string[], options: ServerOptions = {}): Server =>
  joint.server(options).tool("book", {}, (_, context) => book(context, ran));

const call = { name: "book", arguments: {} };

describe("one handler", () => {
  everywhere("asks and does the same", { revisions: ASKING, remembers: true }, async (joint) => {
    const ran: string[] = [];
    const raw = await joint.raw(booking(joint, ran), EVERYTHING);
    const { response, rounds } = await drive(raw, "tools/call", call, accepting);
    expect(textOf(response)).toBe(SAYS);
    expect(ran.toSorted()).toEqual(DOES);
    expect(rounds.length).toBe(isModern(joint.revision) ? 4 : 0);
    expect(joint.reports).toEqual([]);
  });

  inMemory("goes on wherever the key is", MODERN, async (joint) => {
    const ran: string[] = [];
    let servers = 0;
    const elsewhere = (): RawClient => {
      servers++;
      const { client: here, server: there } = channelPair();
      const serving = serve(booking(joint, ran, { stateKeys: ["a key of at least thirty-two characters"] }), there);
      joint.closing(() => serving.close());
      return new RawClient(here, joint.tap, joint.revision, EVERYTHING);
    };
    joint.ends();
    const { response, rounds } = await drive(elsewhere(), "tools/call", call, accepting, elsewhere);
    expect(textOf(response)).toBe(SAYS);
    expect(ran.toSorted()).toEqual(DOES);
    expect([rounds.length, servers]).toEqual([4, 5]);
  });

  everywhere("does the same as a task", { revisions: BOTH_ERAS, remembers: true }, async (joint) => {
    const ran: string[] = [];
    const statuses: string[] = [];
    const server = joint
      .server()
      .use(tasks({ pollInterval: 10 }))
      .tool("book", { task: "required" }, (_, context) => book(context, ran));
    const client = await joint.connect<Server>(server, {
      extensions: [clientTasks({ onTask: ({ status }) => statuses.push(status) })],
      on: { "elicitation/create": (params) => ({ action: "accept", content: { v: params.message.length } }) },
    });
    for await (const tool of client.tools()) void tool;
    expect(await client.call("book")).toBe(SAYS);
    expect(ran.toSorted()).toEqual(DOES);
    expect(statuses).toContain("input_required");
    expect(joint.reports).toEqual([]);
  });

  everywhere(
    "does nothing where there is no way back",
    {
      revisions: since("2025-06-18").filter((revision) => !isModern(revision)),
      bindings: HTTP.filter(({ remembers }) => !remembers),
    },
    async (joint) => {
      const ran: string[] = [];
      const raw = await joint.raw(booking(joint, ran), EVERYTHING);
      const { response } = await drive(raw, "tools/call", call, accepting);
      expect(response.result).toMatchObject({ isError: true });
      expect(joint.reports).toEqual([expect.objectContaining({ name: "LocalError", code: "no_way_back" })]);
      expect(ran).toEqual([]);
    },
  );
});
