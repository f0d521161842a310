/** 5.2: requests whose end is told in two ways. What one reader takes for a body must be no request to another. */
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { bytesOf, call } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

const hidden = bytesOf(call(2, "marker")).toString("latin1");
const body = call(1, "echo").body as string;
const HEAD = Object.entries({ Host: "localhost", "Content-Type": "application/json", ...call(1, "echo").headers })
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join("");
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const post = (lines: string, rest: string): string => `POST /mcp HTTP/1.1\r\n${HEAD}${lines}\r\n${rest}`;
const whole = `${chunk(body)}0\r\n\r\n`;
const length = (text: string): string => `Content-Length: ${Buffer.byteLength(text)}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";

/** What must be refused, and nothing after it read: 400 or another refusal, and then the end. */
const REFUSED: readonly [title: string, bytes: string][] = [
  ["Content-Length twice", post(length(body) + length(body), body + hidden)],
  ["Content-Length twice, different", post(length(body) + length(body + hidden), body + hidden)],
  ["two lengths in one header", post(`Content-Length: 2, ${body.length}\r\n`, body + hidden)],
  ["Content-Length and Transfer-Encoding", post(length(whole) + CHUNKED, whole + hidden)],
  ["Transfer-Encoding and Content-Length", post(CHUNKED + length("0\r\n\r\n"), `0\r\n\r\n${hidden}`)],
  ["chunked and then identity", post("Transfer-Encoding: chunked, identity\r\n", whole + hidden)],
  ["identity alone", post(`Transfer-Encoding: identity\r\n${length(body)}`, body + hidden)],
  ["an unknown coding", post("Transfer-Encoding: xchunked\r\n", whole + hidden)],
  ["chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", whole + hidden)],
  ["chunked with a vertical tab", post("Transfer-Encoding: \x0bchunked\r\n", whole + hidden)],
  ["chunked within quotes", post('Transfer-Encoding: "chunked"\r\n', whole + hidden)],
  ["a sign before the length", post(`Content-Length: +${body.length}\r\n`, body + hidden)],
  ["a negative length", post("Content-Length: -1\r\n", body + hidden)],
  ["a length in hexadecimal", post("Content-Length: 0x10\r\n", body + hidden)],
  ["a length with a space within", post("Content-Length: 1 0\r\n", body + hidden)],
  ["a length that overflows", post("Content-Length: 18446744073709551617\r\n", `x${hidden}`)],
  ["a folded header", post(`X-Folded: a\r\n b\r\nTransfer-Encoding:\r\n chunked\r\n${length(body)}`, body + hidden)],
  ["a space before the colon", post(`Content-Length : ${body.length}\r\n`, body + hidden)],
  [
    "a space before the colon of Transfer-Encoding",
    post(`Transfer-Encoding : chunked\r\n${length(body)}`, body + hidden),
  ],
  ["a header without a colon", post(`X-Nothing\r\n${length(body)}`, body + hidden)],
  ["a header without a name", post(`: x\r\n${length(body)}`, body + hidden)],
  ["a NUL in a header", post(`X-Nul: a\0b\r\n${length(body)}`, body + hidden)],
  ["a carriage return in a header", post(`X-Return: a\rContent-Length: 0\r\n${length(body)}`, body + hidden)],
  ["a size of a chunk that overflows", post(CHUNKED, `FFFFFFFFFFFFFFFF0\r\n${body}\r\n0\r\n\r\n${hidden}`)],
  ["a size of a chunk that wraps to a small one", post(CHUNKED, `1000000000000000${chunk(body)}0\r\n\r\n${hidden}`)],
  ["a negative size of a chunk", post(CHUNKED, `-1\r\n${body}\r\n0\r\n\r\n${hidden}`)],
  ["a size of a chunk with 0x", post(CHUNKED, `0x${chunk(body)}0\r\n\r\n${hidden}`)],
  ["a size of a chunk with a space before it", post(CHUNKED, ` ${chunk(body)}0\r\n\r\n${hidden}`)],
  ["a chunk that is longer than it says", post(CHUNKED, `2\r\n${body}\r\n0\r\n\r\n${hidden}`)],
  ["1 MB of extension of a chunk", post(CHUNKED, `1;${"x".repeat(1_000_000)}\r\n{\r\n0\r\n\r\n${hidden}`)],
  ["1 MB of trailers", post(CHUNKED, `${chunk(body)}0\r\nX: ${"x".repeat(1_000_000)}\r\n\r\n${hidden}`)],
  ["white space before the first line", ` ${post(length(body), body + hidden)}`],
  ["a version that there is not", post(length(body), body + hidden).replace("HTTP/1.1", "HTTP/9.9")],
  ["a version of one digit", post(length(body), body + hidden).replace("HTTP/1.1", "HTTP/1")],
  ["a space in the target", post(length(body), body + hidden).replace("/mcp", "/mcp x")],
];

describe.each(["serveHttp", "fetchHandler"] as const)("%s", (host) => {
  it.each(REFUSED)("SEC-33 %s", async (_title, bytes) => {
    const connection = await (await under.server.target(host)).connect();
    connection.write(bytes);
    await connection.ends();
    const statuses = connection.replies.map(({ status }) => status);
    expect(statuses.length, `refused once: ${statuses.join()}`).toBeLessThanOrEqual(1);
    for (const status of statuses) expect([400, 413, 431, 505]).toContain(status);
  });
});

/** Ends of lines of which readers think differently: what is taken must be taken as one request and no more. */
const LENIENT: readonly [title: string, bytes: string][] = [
  ["line feeds alone", post(length(body), body).replaceAll("\r\n", "\n") + hidden.replaceAll("\r\n", "\n")],
  ["a line feed alone in the head", post(`X-A: b\n${length(body)}`, body)],
  ["a line feed alone after the size of a chunk", post(CHUNKED, `${body.length.toString(16)}\n${body}\r\n0\r\n\r\n`)],
  ["a line feed alone after a chunk", post(CHUNKED, `${body.length.toString(16)}\r\n${body}\n0\r\n\r\n`)],
  ["an extension of a chunk with a line feed", post(CHUNKED, `${body.length.toString(16)};a\n${body}\r\n0\r\n\r\n`)],
  ["an empty line before the first one", `\r\n${post(length(body), body)}`],
];

it.each(EVERY_HOST)("SEC-33 line ends that are none: %s", async (host) => {
  for (const [title, bytes] of LENIENT) {
    const connection = await (await under.server.target(host)).connect();
    connection.write(bytes);
    const reply = await connection.reply();
    if (reply !== undefined && reply.status !== 200) {
      expect(reply.status, title).toBe(400);
      await connection.ends();
    }
    // Whatever became of it, the connection has had one reply.
    expect(connection.replies.length, title).toBeLessThanOrEqual(1);
    connection.destroy();
  }
});

it("SEC-33 what follows a refused body is no request", async () => {
  const connection = await (await under.server.target()).connect();
  const long = `${"x".repeat(100_000)}${hidden}`;
  connection.write(post(`Content-Type: text/plain\r\n${length(long)}`, long));
  const first = await connection.reply();
  expect(first?.status).toBe(415);
  await connection.ends();
  expect(connection.replies).toHaveLength(1);
});
