import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program } from "./child.ts";
import { call, initialize, Messages } from "./wire.ts";

const WAYS = ["text", "null", "undefined", "bigint", "cycle", "getter", "toJSON"].concat([
  "throwsNull",
  "throwsText",
  "throwsError",
  "throwsProtocolError",
  "never",
]);
const NAMES = WAYS.flatMap((way) => [way, `${way}Later`]);

/** A call of 2025-11-25, which says nothing of itself. */
const legacyCall = (id: string, name: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name } });

describe("JRPC-2: over stdio every request gets exactly one response, whatever its handler does", () => {
  let child: ChildProcessWithoutNullStreams;
  let messages: Messages;

  beforeAll(async () => {
    child = spawn(process.execPath, [await program("faulty")]);
    messages = new Messages(child.stdout);
    child.stdin.write(`${initialize("open")}\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n`);
    await messages.next();
  });
  afterAll(() => child.kill("SIGKILL"));

  it.each([
    ["2026-07-28", call],
    ["2025-11-25", legacyCall],
  ])(
    "in %s",
    async (revision, write) => {
      let round = 0;
      const calls = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 60 });
      const property = fc.asyncProperty(calls, async (names) => {
        round += 1;
        const ids = names.map((_, at) => `${revision} ${round} ${at}`);
        child.stdin.write(names.map((name, at) => `${write(ids[at] as string, name)}\n`).join(""));
        const answers = await messages.take(names.length);
        expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(ids));
        expect(answers.filter(({ result, error }) => (result === undefined) === (error === undefined))).toEqual([]);
        expect(JSON.stringify(answers)).not.toContain("secret");
      });
      await fc.assert(property, { seed: 20_260_728, numRuns: 4, endOnFailure: true });
      // Nothing comes a second time.
      child.stdin.write(`${write("last", "text")}\n`);
      expect(await messages.next()).toMatchObject({ id: "last", result: { content: [{ text: "fine" }] } });
    },
    30_000,
  );
});
