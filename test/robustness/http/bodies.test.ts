/** 5.2: bodies that are too long, and lengths that lie. */
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { bytesOf, call, type HttpParts, withHeaders } from "../harness/messages.ts";
import type { Connection } from "../harness/raw.ts";
import { serverUnderTest } from "../harness/server.ts";
import { until } from "../harness/waiting.ts";

const under = serverUnderTest();

const LIMIT = 4 * 1024 * 1024;
const MiB = 1024 * 1024;

/** A valid call whose body is so long. */
function ofLength(length: number): HttpParts {
  const empty = call(1, "echo", { text: "" }).body as string;
  return call(1, "echo", { text: "x".repeat(length - empty.length) });
}

/** The head of a request with a body in chunks. */
function chunkedHead(): Buffer {
  return bytesOf(withHeaders({ headers: call(1, "echo").headers ?? {} }, { "Transfer-Encoding": "chunked" }));
}

/** Sends a body in chunks of 64 KiB, as long as somebody takes it. */
async function sendChunks(connection: Connection, length: number): Promise<void> {
  connection.write(chunkedHead());
  const size = 65_536;
  const chunk = Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size, " "), Buffer.from("\r\n")]);
  for (let sent = 0; sent < length && !connection.over && connection.replies.length === 0; sent += size) {
    await connection.writeAll(chunk);
  }
  connection.write("0\r\n\r\n");
}

describe.each(EVERY_HOST)("%s", (host) => {
  it("SEC-35 4 MiB are taken, and one byte more is not", async () => {
    const target = await under.server.target(host);
    expect((await target.send(ofLength(LIMIT))).status).toBe(200);
    const reply = await target.send(ofLength(LIMIT + 1));
    expect(reply.outcome).toEqual([413, -32600]);
    expect(reply.message.error?.data).toEqual({ limit: "bodyBytes" });
  });

  it("SEC-35 a length that is too long is refused before the body comes, and the connection ends", async () => {
    const connection = await (await under.server.target(host)).connect();
    const headers = { ...call(1, "echo").headers, "Content-Length": "1000000000000" };
    connection.write(bytesOf({ headers }));
    expect((await connection.reply())?.status).toBe(413);
    await connection.ends();
  });

  it("SEC-35 a body in chunks is counted as it comes", async () => {
    const connection = await (await under.server.target(host)).connect();
    const sending = sendChunks(connection, 64 * MiB);
    const reply = await connection.reply();
    expect(reply?.outcome).toEqual([413, -32600]);
    await connection.ends();
    await sending;
  });

  it("SEC-35 a body in chunks of one byte costs what it weighs", async () => {
    const target = await under.server.target(host);
    const before = await under.server.report();
    const { body } = ofLength(3 * MiB);
    const pieces: string[] = [];
    for (const char of body as string) pieces.push(`1\r\n${char}\r\n`);
    const connection = await target.connect();
    connection.write(chunkedHead());
    await connection.writeAll(Buffer.from(pieces.join("")));
    expect(under.server.rss - before.rss).toBeLessThan(80 * MiB);
    connection.write("0\r\n\r\n");
    expect((await connection.reply(20_000))?.status).toBe(200);
    connection.destroy();
  });

  it("SEC-35 a length that is too low makes the rest no part of it", async () => {
    const connection = await (await under.server.target(host)).connect();
    const parts = call(1, "echo", { text: "a" });
    const length = Buffer.byteLength(parts.body as string) - 5;
    connection.write(bytesOf(withHeaders(parts, { "Content-Length": String(length) })));
    // Where the rest came with it, the parser of Node may refuse that before the body was answered.
    expect((await connection.reply())?.status).toBe(400);
    await connection.ends();
    expect(connection.replies.slice(1).every(({ status }) => status === 400)).toBe(true);
  });

  it("SEC-35 a body that its client gives up runs nothing", async () => {
    const target = await under.server.target(host);
    for (let at = 0; at < 50; at++) {
      const connection = await target.connect();
      const parts = call(1, "marker");
      connection.write(bytesOf(withHeaders(parts, { "Content-Length": "100000" })));
      connection.destroy();
    }
  });
});

it.each(["serveHttp", "fetchHandler"] as const)(
  "SEC-35 200 at once are bounded, and leave nothing behind: %s",
  async (host) => {
    const target = await under.server.target(host);
    const before = await under.server.report();
    let peak = before.rss;
    const watching = setInterval(() => {
      peak = Math.max(peak, under.server.rss);
    }, 20);
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const connection = await target.connect();
        const sending = sendChunks(connection, LIMIT + 65_536);
        const reply = await connection.reply(20_000);
        connection.destroy();
        await sending;
        return reply?.status;
      }),
    );
    clearInterval(watching);
    expect(new Set(statuses)).toEqual(new Set([413]));
    expect(peak - before.rss).toBeLessThan(200 * 8 * MiB);
    await until(
      async () => (await under.server.report()).used - before.used < 8 * MiB,
      "memory is given back",
      10_000,
      200,
    );
  },
);
