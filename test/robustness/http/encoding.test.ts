/** 5.1: bytes that are no UTF-8, and text that is no Unicode. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { call, type HttpParts, inSession } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

/** What the conformance tests of other protocols try: cut, overlong, surrogate, beyond the end, never valid. */
const WRONG: readonly [name: string, bytes: readonly number[]][] = [
  ["never valid", [0xff]],
  ["never valid, lower", [0xfe]],
  ["a stray continuation", [0x80]],
  ["an overlong NUL", [0xc0, 0x80]],
  ["an overlong solidus", [0xc0, 0xaf]],
  ["an overlong solidus in three bytes", [0xe0, 0x80, 0xaf]],
  ["an overlong solidus in four bytes", [0xf0, 0x80, 0x80, 0xaf]],
  ["the first surrogate", [0xed, 0xa0, 0x80]],
  ["the last surrogate", [0xed, 0xbf, 0xbf]],
  ["a pair of surrogates", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ["beyond the last character", [0xf4, 0x90, 0x80, 0x80]],
  ["five bytes", [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ["six bytes", [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]],
  ["cut after two of three", [0xe2, 0x82]],
  ["cut after three of four", [0xf0, 0x9f, 0x98]],
];

/** The request with the bytes in place of the sign @. */
function spoilt(parts: HttpParts, wrong: readonly number[]): HttpParts {
  const [before, after] = (parts.body as string).split("@");
  return { ...parts, body: Buffer.concat([Buffer.from(before ?? ""), Buffer.from(wrong), Buffer.from(after ?? "")]) };
}

describe("SEC-14 bytes that are no UTF-8", () => {
  it.each(WRONG)("%s, in a string and in a name, through every host", async (_name, wrong) => {
    for (const host of EVERY_HOST) {
      const target = await under.server.target(host);
      for (const parts of [call(1, "see", { a: "@" }), call(1, "see", { "@": 1 })]) {
        const reply = await target.send(spoilt(parts, wrong));
        expect(reply.outcome, host).toEqual([400, -32700]);
        expect(reply.text).not.toContain('"id"');
      }
    }
    expect((await under.server.report()).runs["see"]).toBeUndefined();
  });

  it.each(WRONG)("%s, in a session", async (_name, wrong) => {
    const target = await under.server.target();
    const params = { name: "see", arguments: { a: "@" } };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const reply = await target.send(spoilt(inSession(await target.session(), message), wrong));
    expect(reply.outcome).toEqual([400, -32700]);
  });

  it("a byte order mark is no part of JSON", async () => {
    const parts = call(1, "see", { a: 1 });
    const target = await under.server.target();
    expect((await target.send({ ...parts, body: `\uFEFF${parts.body as string}` })).outcome).toEqual([400, -32700]);
  });
});

/** Texts of any code units, halves of surrogate pairs among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => {
  return String.fromCharCode(...units);
});

it.each(["serveHttp", "fetchHandler"] as const)("SEC-15 text comes back as it is, halves of pairs too: %s", (host) =>
  fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      const target = await under.server.target(host);
      const reply = await target.send(call(text, "echo", { text }));
      expect(reply.status).toBe(200);
      expect(reply.message.result.content[0].text).toBe(text);
      expect(reply.message.id).toBe(text);
    }),
    { seed: 15, numRuns: 100, examples: [["\ud800"], ["a\udfffb"], ["\udc00\ud800"], ["😀"]] },
  ),
);
