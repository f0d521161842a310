/** 5.2 and 5.3: clients that take all the time of the world. The cases run side by side: each takes half a minute. */
import { describe, expect, it } from "vitest";
import { bytesOf, call, withHeaders } from "../harness/messages.ts";
import type { Connection } from "../harness/raw.ts";
import { ServerUnderTest, type Target } from "../harness/server.ts";
import { until } from "../harness/waiting.ts";

const HEADERS = 10_000;
const BODY = 30_000;
/** How late the end of a time may be noticed. */
const SLACK = 5000;

/** A server of its own, since cases that run side by side must not look at one another's. */
async function onItsOwn(body: (server: ServerUnderTest, target: Target) => Promise<void>): Promise<void> {
  const server = await ServerUnderTest.start();
  try {
    await body(server, await server.target());
    await server.watch.verify(server);
  } finally {
    await server.stop();
  }
}

/** Opens connections that each write something at once, and then one byte after another. */
async function dripping(target: Target, count: number, first: Buffer, every: number): Promise<Connection[]> {
  const connections = await Promise.all(Array.from({ length: count }, () => target.connect()));
  for (const connection of connections) {
    connection.write(first);
    const drip = every === 0 ? undefined : setInterval(() => connection.write("x"), every);
    void connection.closed.then(() => clearInterval(drip));
  }
  return connections;
}

/** Asserts that all connections end in time, and that others are served soon all the while. */
async function endInTime(target: Target, connections: readonly Connection[], time: number): Promise<void> {
  const started = performance.now();
  let slowest = 0;
  await until(
    async () => {
      const asked = performance.now();
      expect((await target.send(call("control", "echo"))).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - asked);
      return connections.every(({ over }) => over);
    },
    "the connections end",
    time + SLACK,
    500,
  );
  expect(performance.now() - started).toBeGreaterThan(time / 2);
  expect(slowest).toBeLessThan(1000);
}

describe.concurrent("slow clients", () => {
  const head = bytesOf(withHeaders(call(1, "marker"), { "X-Slow": "" }));

  it("SEC-36 300 clients that send a head, one byte in five seconds", { timeout: 60_000 }, () =>
    onItsOwn(async (_server, target) => {
      const start = head.subarray(0, head.indexOf("X-Slow: ") + 8);
      await endInTime(target, await dripping(target, 300, start, 5000), HEADERS);
    }),
  );

  it("SEC-36 100 clients that connect, and send nothing", { timeout: 60_000 }, () =>
    onItsOwn(async (_server, target) => {
      await endInTime(target, await dripping(target, 100, Buffer.alloc(0), 0), HEADERS);
    }),
  );

  it.each([
    ["one byte of a body, and no more", 0],
    ["a body, one byte in ten seconds", 10_000],
    ["a body, one byte in a tenth of a second", 100],
  ])("SEC-36 100 clients that send %s", { timeout: 60_000 }, (_title, every) =>
    onItsOwn(async (_server, target) => {
      const bytes = bytesOf(withHeaders(call(1, "marker"), { "Content-Length": "100000" }));
      const start = bytes.subarray(0, bytes.indexOf("\r\n\r\n") + 5);
      const connections = await dripping(target, 100, start, every);
      await endInTime(target, connections, BODY);
      for (const { replies } of connections) expect(replies.map(({ status }) => status)).toEqual([408]);
    }),
  );

  it("REL-30 a reader that does not take a long reply loses its connection", { timeout: 90_000 }, () =>
    onItsOwn(async (server, target) => {
      const connection = await target.connect();
      connection.socket.pause();
      // A second one waits behind it: the system itself takes some megabytes.
      for (const id of [1, 2]) connection.write(bytesOf(call(id, "echo", { text: "x".repeat(4_000_000) })));
      await until(async () => (await server.report()).runs["echo"] !== undefined, "the call is answered");
      const { sockets } = server;
      // Node looks every 30 s whether anything was taken since.
      await until(() => server.sockets < sockets, "the connection ends", 75_000, 500);
      connection.socket.resume();
      await connection.ends();
      expect(connection.replies.filter(({ complete }) => complete).length).toBeLessThan(2);
    }),
  );

  it.each(["modern", "legacy"])(
    "REL-30 a reader that takes nothing any more loses its stream: %s",
    { timeout: 90_000 },
    (era) =>
      onItsOwn(async (server, target) => {
        const args = { n: 1_000_000_000, size: 1000 };
        const params = { name: "flood", arguments: args };
        const session = era === "modern" ? undefined : await target.session();
        const headers = { "Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25" };
        const legacy = { headers, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }) };
        const modern = call(1, "flood", args, { "io.modelcontextprotocol/logLevel": "debug" });
        const { connection } = await target.open(era === "modern" ? modern : legacy);
        connection.socket.pause();
        // The handler waits for the reader, so memory stays as it is.
        await until(async () => (await server.report()).flooded > 100, "the flood begins");
        const { rss } = await server.report();
        await until(() => server.rss < rss + 50 * 1024 * 1024, "memory is bounded");
        let before = 0;
        await until(
          async () => {
            const { flooded } = await server.report();
            const waits = flooded === before;
            before = flooded;
            return waits;
          },
          "the handler waits",
          10_000,
          200,
        );
        const waiting = before;
        // Keep-alive is every 15 s; it finds out that nothing was taken for 30 s.
        await until(async () => (await server.report()).flooded > waiting, "the stream is given up", 60_000, 500);
        expect(server.rss).toBeLessThan(rss + 50 * 1024 * 1024);
        connection.destroy();
      }),
  );
});
