/** 5.1: batches, which revision 2025-03-26 has and no other. */
import { expect, it } from "vitest";
import { call, inSession } from "../harness/messages.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

const BATCHED = "2025-03-26";
const ping = (id: unknown) => ({ jsonrpc: "2.0", id, method: "ping" });
const notification = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "nobody" } };

async function batch(messages: readonly unknown[]): Promise<Reply> {
  const target = await under.server.target();
  return target.send(inSession(await target.session(BATCHED), messages, BATCHED));
}

/** Ids, and codes where there are some, in the order of their texts. */
function outcomes(reply: Reply): unknown[] {
  const told = reply.messages.map(({ id, error }) => (error === undefined ? [id] : [id, error.code]));
  return told.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

it.each([
  ["an empty one", []],
  ["one of 51", Array.from({ length: 51 }, (_, id) => ping(id))],
  ["one of 20,000 notifications", Array.from({ length: 20_000 }, () => notification)],
])("SEC-17 %s is refused as a whole", async (_title, messages) => {
  expect((await batch(messages)).outcome).toEqual([400, -32600]);
});

it("SEC-17 one of 50 is answered, each message once", async () => {
  const reply = await batch(Array.from({ length: 50 }, (_, id) => ping(id)));
  expect(reply.status).toBe(200);
  expect(new Set(reply.messages.map(({ id }) => id)).size).toBe(50);
  expect(reply.messages).toHaveLength(50);
});

it("SEC-17 a batch within a batch is refused alone", async () => {
  expect(outcomes(await batch([[ping(1)], ping(2)]))).toEqual([[2], [undefined, -32600]]);
});

it("SEC-17 an id that stands twice is refused both times", async () => {
  expect(outcomes(await batch([ping(1), ping("1"), ping(1)]))).toEqual([["1"], [1, -32600], [1, -32600]]);
});

it("SEC-17 the good are answered beside the bad, and notifications and responses are not", async () => {
  const response = { jsonrpc: "2.0", id: 99, result: {} };
  const reply = await batch([ping(1), 7, null, notification, response, { jsonrpc: "2.0", id: 2 }, ping(3), { id: 4 }]);
  // What has an id and no method was meant as a response, and so is not answered.
  expect(outcomes(reply)).toEqual([[1], [3], [undefined, -32600], [undefined, -32600]]);
});

it("SEC-17 notifications and responses alone are accepted", async () => {
  const reply = await batch([notification, { jsonrpc: "2.0", id: 99, result: {} }]);
  expect([reply.status, reply.text]).toEqual([202, ""]);
});

it("SEC-17 initialize stands alone", async () => {
  const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: BATCHED } };
  expect(outcomes(await batch([initialize, ping(2)]))).toEqual([[1, -32600], [2]]);
});

it.each(["2024-11-05", "2025-06-18", "2025-11-25"])("SEC-17 revision %s has none", async (version) => {
  const target = await under.server.target();
  const reply = await target.send(inSession(await target.session(version), [ping(1)], version));
  expect(reply.outcome).toEqual([400, -32600]);
});

it("SEC-17 nor has 2026-07-28", async () => {
  const parts = call(1, "echo");
  const target = await under.server.target();
  expect((await target.send({ ...parts, body: `[${parts.body as string}]` })).outcome).toEqual([400, -32600]);
});
