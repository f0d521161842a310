/** 5.2: what is refused leaves nothing behind. */
import { expect, it } from "vitest";
import { bytesOf, call, type HttpParts, inSession, withHeaders } from "../harness/messages.ts";
import { serverUnderTest, type Target } from "../harness/server.ts";
import { until } from "../harness/waiting.ts";

const under = serverUnderTest();

const MiB = 1024 * 1024;

/** Sends one request many times, a hundred in a row on each of a few connections; gives the statuses that came. */
async function many(target: Target, parts: HttpParts, count: number): Promise<Set<number>> {
  const bytes = bytesOf(parts);
  const block = Buffer.concat(Array.from({ length: 100 }, () => bytes));
  const statuses = new Set<number>();
  const each = Array.from({ length: 4 }, async () => {
    // Nobody keeps the replies: a hundred thousand of them are not looked at one by one.
    const connection = await target.connect({}, { reply: ({ status }) => void statuses.add(status) });
    for (let sent = 0; sent < count / 4; sent += 100) {
      connection.write(block);
      await until(
        () => connection.replies.length >= 100 && connection.replies.at(-1)?.over === true,
        "100 replies",
        10_000,
        2,
      );
      connection.replies.splice(0, 100);
    }
    connection.destroy();
  });
  await Promise.all(each);
  return statuses;
}

const KINDS: readonly [status: number, parts: HttpParts][] = [
  [400, withHeaders(call(1, "marker"), { "Mcp-Method": "nope" })],
  [400, { body: "{" }],
  [400, inSession(undefined, { jsonrpc: "2.0", id: 1, method: "ping" })],
  // A handshake that is refused is answered as any request.
  [200, { body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: [] }) }],
  [404, inSession("A".repeat(22), { jsonrpc: "2.0", id: 1, method: "ping" })],
  [403, withHeaders(call(1, "marker"), { Host: "evil.example" })],
  [403, withHeaders(call(1, "marker"), { Origin: "http://evil.example" })],
  [406, withHeaders(call(1, "marker"), { Accept: "text/html" })],
  [415, withHeaders(call(1, "marker"), { "Content-Type": "text/plain" })],
  [405, { method: "PUT" }],
];

it.each(["serveHttp", "fetchHandler"] as const)(
  "SEC-48 100,000 refused requests leave nothing behind: %s",
  async (host) => {
    const target = await under.server.target(host, { counted: true });
    const each = host === "serveHttp" ? 10_000 : 2000;
    // What is loaded and compiled for the first ones stays.
    for (const [, parts] of KINDS) await many(target, parts, 2000);
    const before = await under.server.report();
    for (const [status, parts] of KINDS) expect([...(await many(target, parts, each))]).toEqual([status]);
    await until(
      async () => (await under.server.report()).used - before.used < MiB,
      "memory is given back",
      10_000,
      200,
    );
    expect((await under.server.report()).sessions).toBe(0);
  },
  120_000,
);

it("SEC-48 413 and 401 leave nothing behind either", async () => {
  const target = await under.server.target("serveHttp", { users: true, bodyBytes: 100 });
  const signed = { Authorization: "Bearer alice-token" };
  expect([...(await many(target, call(1, "marker"), 2000))]).toEqual([401]);
  const before = await under.server.report();
  expect([...(await many(target, call(1, "marker"), 10_000))]).toEqual([401]);
  expect([...(await many(target, withHeaders(call(1, "marker", { x: "y".repeat(200) }), signed), 10_000))]).toEqual([
    413,
  ]);
  await until(
    async () => (await under.server.report()).used - before.used < 2 * MiB,
    "memory is given back",
    10_000,
    200,
  );
}, 60_000);

it("SEC-48 handshakes that nobody goes on with are forgotten, and put out nobody", async () => {
  const target = await under.server.target("serveHttp", { counted: true });
  const kept = await target.session();
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } },
  };
  const { sessions } = await under.server.report();
  await many(target, { body: JSON.stringify(initialize) }, 2000);
  expect((await under.server.report()).sessions).toBe(sessions + 2000);
  await under.server.ask({ kind: "skip", milliseconds: 31_000 });
  expect((await under.server.report()).sessions).toBe(1);
  expect((await target.send(inSession(kept, { jsonrpc: "2.0", id: 2, method: "ping" }))).status).toBe(200);
});

it("SEC-48 sessions are bounded: one too many is refused, and no live one put out", async () => {
  const target = await under.server.target("nodeHandler");
  const kept = await target.session();
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } },
  };
  const body = JSON.stringify(initialize);
  expect([...(await many(target, { body }, 9600))]).toEqual([200]);
  const statuses = new Set<number>();
  for (let at = 0; at < 420; at++) statuses.add((await target.send({ body })).status);
  expect(statuses).toEqual(new Set([200, 503]));
  expect((await target.send({ body })).message.error).toMatchObject({ code: -32603, data: { limit: "sessions" } });
  expect((await target.send(inSession(kept, { jsonrpc: "2.0", id: 2, method: "ping" }))).status).toBe(200);
  // One user alone has fewer.
  const own = await under.server.target("nodeHandler", { users: true });
  const signed = { Authorization: "Bearer alice-token" };
  for (let at = 0; at < 100; at++) expect((await own.send({ headers: signed, body })).status).toBe(200);
  expect([429, 503]).toContain((await own.send({ headers: signed, body })).status);
  expect((await own.send({ headers: { Authorization: "Bearer bob-token" }, body })).status).toBe(200);
}, 60_000);
