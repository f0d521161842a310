/** 5.1: messages that are deep, or have very many members. */
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { call, type HttpParts, META, modern } from "../harness/messages.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

const OPENERS: readonly [name: string, open: readonly string[], close: readonly string[]][] = [
  ["arrays", ["["], ["]"]],
  ["objects", ['{"a":'], ["}"]],
  ["both", ["[", '{"a":'], ["]", "}"]],
];

/** A value that nests so deep. */
function nested(depth: number, open: readonly string[], close: readonly string[]): string {
  const opened: string[] = [];
  for (let at = 0; at < depth; at++) opened.push(open[at % open.length] as string);
  const closed: string[] = [];
  for (let at = depth - 1; at >= 0; at--) closed.push(close[at % close.length] as string);
  return `${opened.join("")}0${closed.join("")}`;
}

/** Where the value stands, and how deep that place is already. */
const PLACES: readonly [name: string, above: number, parts: (value: string) => HttpParts][] = [
  ["arguments", 3, (value) => withValue(call(1, "see", { a: "@" }), value)],
  ["_meta", 3, (value) => withValue(call(1, "see", {}, { "x/y": "@" }), value)],
  [
    "inputResponses",
    4,
    (value) =>
      withValue(modern(1, "tools/call", { name: "see", _meta: META, inputResponses: { q: { a: "@" } } }), value),
  ],
  [
    "structuredContent",
    3,
    (value) => ({ body: `{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"a":${value}}}}` }),
  ],
];

/** The shortest time of three: another process may have had the processor. In milliseconds. */
async function fastest(action: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < 3; at++) {
    const started = performance.now();
    await action();
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}

function withValue(parts: HttpParts, value: string): HttpParts {
  return { ...parts, body: (parts.body as string).replace('"@"', value) };
}

describe.each(PLACES)("SEC-4 in %s", (place, above, parts) => {
  it.each(OPENERS)("%s", async (_name, open, close) => {
    const target = await under.server.target();
    const ran = (await under.server.report()).runs["see"] ?? 0;
    for (const depth of [65, 5000, 100_000, 400_000]) {
      const attempt = parts(nested(depth - above, open, close));
      const size = Buffer.byteLength(attempt.body ?? "");
      // What the same number of bytes takes that are refused at the first of them.
      const arrival = await fastest(async () => void (await target.send({ ...attempt, body: "x".repeat(size) })));
      const time = await fastest(async () => {
        const reply = await target.send(attempt);
        expect(reply.outcome, `${depth} deep`).toEqual([400, -32600]);
        expect(reply.text).not.toContain('"result"');
      });
      expect(time - arrival, `${depth} deep`).toBeLessThan(50);
    }
    expect((await under.server.report()).runs["see"] ?? 0).toBe(ran);
    if (place === "structuredContent") return;
    expect((await target.send(parts(nested(64 - above, open, close)))).outcome).toEqual([200, undefined]);
  });
});

/** Sends a message five times: in the best of them nobody else waited long, whatever else the machine had to do. */
async function holdsUpNobody(parts: HttpParts, check: (reply: Reply) => void): Promise<void> {
  const target = await under.server.target();
  const lags: number[] = [];
  for (let at = 0; at < 5; at++) {
    await under.server.report();
    check(await target.send(parts));
    lags.push((await under.server.report()).lag.max);
  }
  expect(Math.min(...lags)).toBeLessThan(200);
}

it("SEC-4 4 MiB of brackets do not hold up others either", () =>
  holdsUpNobody(withValue(call(1, "see", { a: "@" }), nested(2_000_000, ["["], ["]"])), (reply) =>
    expect(reply.outcome).toEqual([400, -32600]),
  ));

it.each(EVERY_HOST)("SEC-4 through %s", async (host) => {
  const target = await under.server.target(host);
  for (const depth of [62, 200_000]) {
    const parts = withValue(call(1, "see", { a: "@" }), nested(depth, ["["], ["]"]));
    expect((await target.send(parts)).outcome).toEqual([400, -32600]);
  }
});

/** Names that fall on few places of a table which numbers them by their digits. */
function colliding(count: number): string {
  return Array.from({ length: count }, (_, at) => `"${at * 65_536}":0`).join();
}

describe("SEC-19 very many members", () => {
  const filler = '"a":0,'.repeat(650_000).slice(0, -1);
  const cases: readonly [title: string, value: string][] = [
    ["100,000 members", `{${Array.from({ length: 100_000 }, (_, at) => `"m${at}":0`).join()}}`],
    ["4 MiB of one member", `{${filler}}`],
    ["an array of 100,000", `{"a":[${"0,".repeat(99_999)}0]}`],
    ["names that collide", `{${colliding(100_000)}}`],
    ["negative and fractional names", `{${Array.from({ length: 50_000 }, (_, at) => `"-${at}.5":0`).join()}}`],
  ];
  it.each(cases)("%s", (_title, value) =>
    holdsUpNobody(withValue(call(1, "echo", "@"), value), ({ status }) => expect([200, 400, 413]).toContain(status)),
  );
});
