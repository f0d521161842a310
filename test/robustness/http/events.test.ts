/** 5.3: what a handler says stays inside of its events. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { call, inSession } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

const special = fc.constantFrom(
  "\n\ndata: forged\n\n",
  "\r",
  "\n",
  "\r\n\r\n",
  "\u2028",
  "\u2029",
  "\u0085",
  "\0",
  "event: endpoint\n",
  "id: 1\n",
  "retry: 1\n",
  ":",
  "\ufeff",
  '"}',
  "\\n",
  "\ud800",
);
const texts = fc.array(fc.oneof(special, fc.string({ unit: "binary", maxLength: 10 })), { maxLength: 8 }).map((all) => {
  return all.join("");
});

/** Progress and messages of a log are wanted. */
const TOLD = { progressToken: "p\n\ndata: x", "io.modelcontextprotocol/logLevel": "debug" };

describe.each(EVERY_HOST)("%s", (host) => {
  it("SEC-56 every text comes as it was said, in as many events as there were", () =>
    fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const target = await under.server.target(host);
        const reply = await target.send(call(text, "say", { text }, TOLD));
        expect(reply.isStream).toBe(true);
        expect(reply.events.map(({ event, id }) => [event, id])).toEqual(
          Array.from({ length: 3 }, () => ["message", ""]),
        );
        expect(reply.text.match(/^data: /gm)).toHaveLength(3);
        const [log, progress, answer] = reply.messages;
        expect(log?.params?.["data"]).toBe(text);
        expect(progress?.params).toMatchObject({ message: text, progressToken: TOLD.progressToken });
        expect([answer?.id, answer?.result.content[0].text]).toEqual([text, text]);
      }),
      { seed: 56, numRuns: 60 },
    ));

  it("SEC-56 where events have ids as well", async () => {
    const target = await under.server.target(host);
    const session = await target.session();
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const params = { name: "say", arguments: { text }, _meta: { progressToken: text } };
        const message = { jsonrpc: "2.0", id: text, method: "tools/call", params };
        const reply = await target.send(inSession(session, message));
        const [priming, ...events] = reply.events;
        expect(priming?.data).toBe("");
        const [name] = (priming?.id ?? "").split(".");
        expect(name).toMatch(/^[A-Za-z0-9_-]{12}$/);
        expect(events.map(({ event, id }) => [event, id])).toEqual([1, 2, 3].map((at) => ["message", `${name}.${at}`]));
        const [log, progress, answer] = reply.messages;
        expect(log?.params?.["data"]).toBe(text);
        expect(progress?.params?.["progressToken"]).toBe(text);
        expect([answer?.id, answer?.result.content[0].text]).toEqual([text, text]);
      }),
      { seed: 57, numRuns: 40 },
    );
  });
});
