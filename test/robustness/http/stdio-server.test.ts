/** 5.8: the framing of stdio, on the side of a server. */
import { afterEach, describe, expect, it } from "vitest";
import { setTimeout as pause } from "node:timers/promises";
import { META } from "../harness/messages.ts";
import type { RpcMessage } from "../harness/reply.ts";
import { StdioServer } from "../harness/stdio.ts";
import { until, within } from "../harness/waiting.ts";

const MiB = 1024 * 1024;

let server: StdioServer | undefined;
afterEach(async () => {
  const given = server;
  server = undefined;
  try {
    await given?.finish();
  } finally {
    given?.kill();
  }
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<StdioServer> {
  server = await StdioServer.start(env);
  return server;
}

function request(id: unknown, method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: { _meta: META, ...params } });
}

function call(id: unknown, name: string, args: object = {}, meta: object = {}): string {
  return request(id, "tools/call", { name, arguments: args, _meta: { ...META, ...meta } });
}

function initialize(id: unknown): string {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "initialize", params });
}

const textOf = ({ result }: RpcMessage): unknown => result?.content?.[0]?.text;
const errors = (messages: readonly RpcMessage[]): unknown[] =>
  messages.filter(({ error }) => error !== undefined).map(({ id, error }) => [id, error?.code]);

describe("lines", () => {
  const nobody = (code: number) => [undefined, code];
  it.each<[title: string, bytes: string | Uint8Array, errors: unknown[]]>([
    ["REL-1 what is no JSON", "hello\n{bad\n", [nobody(-32700), nobody(-32700)]],
    ["REL-1 JSON that is no message", "[]\n1\nnull\n{}\n", [-32600, -32600, -32600, -32600].map(nobody)],
    ["REL-2 blank lines", "\n\r\n \t \n\n", []],
    ["REL-2 a NUL and a form feed", "\0\n\f\n", [nobody(-32700), nobody(-32700)]],
    ["REL-2 a carriage return alone ends nothing", `${call(7, "echo")}\r${call(8, "echo")}\n`, [nobody(-32700)]],
    ["REL-2 other ends of lines end nothing", `${call(7, "echo")}\u2028\u0085\n`, [nobody(-32700)]],
    [
      "REL-7 bytes that are no UTF-8",
      Buffer.from([0x22, 0xff, 0x22, 0x0a, 0xc0, 0x80, 0x0a]),
      [nobody(-32700), nobody(-32700)],
    ],
    ["REL-6 a byte order mark on a later line", `\n${call(7, "echo")}\n\uFEFF${call(8, "echo")}\n`, [nobody(-32700)]],
    ["REL-6 two byte order marks", `\uFEFF\uFEFF${call(8, "echo")}\n`, [nobody(-32700)]],
  ])("%s, and the next line is served", async (_title, bytes, expected) => {
    const server = await start();
    await server.write(bytes);
    await server.write(`${call(1, "echo", { text: "next" })}\r\n`);
    expect(textOf(await server.answer(1))).toBe("next");
    expect(errors(server.messages)).toEqual(expected);
  });

  it("REL-2 U+2028 and U+0085 in a string are characters", async () => {
    const server = await start();
    const text = "a\u2028b\u2029c\u0085d\u000be";
    await server.write(`${call(1, "echo", { text }).replaceAll("\\u000b", "\\u000b")}\n`);
    expect(textOf(await server.answer(1))).toBe(text);
  });

  it("REL-6 a byte order mark opens the first line", async () => {
    const server = await start();
    await server.write(`\uFEFF${call(1, "echo", { text: "first" })}\n`);
    expect(textOf(await server.answer(1))).toBe("first");
  });

  it("REL-5 text may be cut at any byte", async () => {
    const server = await start();
    const text = "å 漢 😀 \u2028 \\u0041";
    const idOf = (cut: number): string => String(cut).padStart(4, "0");
    const { length } = Buffer.from(`${call("0000", "echo", { text })}\n`);
    for (let cut = 1; cut < length; cut++) {
      const bytes = Buffer.from(`${call(idOf(cut), "echo", { text })}\n`);
      server.stdin.write(bytes.subarray(0, cut));
      // The next turn is another write: what is in one pipe at once may come as one chunk all the same.
      await new Promise((resolve) => setImmediate(resolve));
      server.stdin.write(bytes.subarray(cut));
    }
    for (let cut = 1; cut < length; cut++) expect(textOf(await server.answer(idOf(cut)))).toBe(text);
  });

  it("REL-3 256 MB without an end are passed over in bounded memory, and the next line is served", async () => {
    const server = await start();
    await server.write(`${call(0, "echo")}\n`);
    await server.answer(0);
    const before = server.peak;
    const chunk = Buffer.alloc(MiB, "x");
    for (let at = 0; at < 256; at++) await server.write(chunk);
    await server.write(`\n${call(1, "echo", { text: "after" })}\n`);
    expect(textOf(await server.answer(1, 20_000))).toBe("after");
    expect(errors(server.messages)).toEqual([[undefined, -32600]]);
    expect(server.messages.find(({ error }) => error !== undefined)?.error?.data).toEqual({ limit: "lineBytes" });
    // The limit of a line, and what waits to be collected: a quarter of what came.
    expect(server.peak - before).toBeLessThan(64 * MiB);
  });
});

describe("the end", () => {
  it("REL-8 a line without its end is dropped", async () => {
    const server = await start();
    server.stdin.end(`${call(1, "echo", { text: "whole" })}\n${call(2, "marker")}`);
    expect(await within(2000, server.exited, "the exit")).toBe(0);
    expect(server.messages.map(({ id }) => id)).toEqual([1]);
  });

  it("REL-8 what runs is given up after the grace, and the exit is clean", async () => {
    const server = await start({ GRACE: "300" });
    await server.write(`${call(1, "linger")}\n`);
    await until(() => server.stderr.includes("lingering"), "the call runs");
    const started = performance.now();
    server.stdin.end();
    expect(await within(5000, server.exited, "the exit")).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(250);
    expect(server.stderr).toContain("given up");
  });

  it.each(["requests that follow", "a flood of progress"])("REL-12 stdout is closed, with %s", async (kind) => {
    const server = await start();
    await server.write(`${call(0, "echo")}\n`);
    await server.answer(0);
    if (kind !== "requests that follow") {
      const meta = { "io.modelcontextprotocol/logLevel": "debug" };
      await server.write(`${call(1, "flood", { n: 1_000_000, size: 100 }, meta)}\n`);
      await server.until((messages) => messages.length > 10);
    }
    const started = performance.now();
    server.stdout.destroy();
    for (let at = 2; at < 20; at++) server.stdin.write(`${call(at, "echo")}\n`);
    // A handler that does not listen to its signal has the time of grace.
    expect(await within(10_000, server.exited, "the exit")).toBe(0);
    if (kind === "requests that follow") expect(performance.now() - started).toBeLessThan(2000);
  });
});

it("REL-9 a reader that pauses makes the handler wait: nothing is lost, and the order kept", async () => {
  const server = await start();
  await server.write(`${call(0, "echo")}\n`);
  await server.answer(0);
  const before = server.peak;
  server.stdout.pause();
  const n = 20_000;
  const meta = { "io.modelcontextprotocol/logLevel": "debug" };
  await server.write(`${call(1, "flood", { n, size: 1000 }, meta)}\n`);
  await until(async () => (await server.report()).flooded > 20, "the flood begins");
  await pause(10_000);
  expect((await server.report()).flooded).toBeLessThan(n / 2);
  expect(server.peak - before).toBeLessThan(32 * MiB);
  server.stdout.resume();
  expect(textOf(await server.answer(1, 20_000))).toBe("flooded");
  const told = server.messages.filter(({ method }) => method === "notifications/message");
  expect(told.map(({ params }) => params?.["data"].at)).toEqual(Array.from({ length: n }, (_, at) => at + 1));
}, 40_000);

it("REL-10 what a tool prints goes to stderr, and the protocol is whole", async () => {
  const server = await start();
  await server.write(`${call(1, "print")}\n`);
  expect(textOf(await server.answer(1))).toBe("printed");
  await until(() => server.stderr.includes("from stdout"), "what was printed");
  expect(server.stderr).toContain("from the console");
});

it("REL-13 of 100,000 requests at once 128 run, and each gets one answer", async () => {
  const server = await start();
  const count = 100_000;
  for (let at = 0; at < count; at += 1000) {
    const lines = Array.from({ length: 1000 }, (_, more) => `${call(at + more, "busy")}\n`);
    await server.write(lines.join(""));
  }
  await server.until((messages) => messages.length === count, 25_000);
  const { most } = await server.report();
  expect(most).toBeLessThanOrEqual(128);
  expect(server.peak).toBeLessThan(150 * MiB);
  const refused = server.messages.filter(({ error }) => error !== undefined);
  for (const { error } of refused) expect([error?.code, error?.data]).toEqual([-32603, { limit: "inFlight" }]);
  for (const message of server.messages) if (message.error === undefined) expect(textOf(message)).toBe("done");
}, 40_000);

describe("REL-16 both eras in one process", () => {
  it("are kept apart, however they are mixed", async () => {
    const server = await start();
    const legacy = (id: unknown) =>
      JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo" } });
    const lines = [
      call("m0", "echo"),
      initialize("i1"),
      call("m1", "echo"),
      legacy("l1"),
      call("m2", "echo"),
      legacy("l2"),
    ];
    await server.write(`${lines.join("\n")}\n`);
    for (const id of ["m0", "m1", "m2"]) {
      expect((await server.answer(id)).result).toMatchObject({ resultType: "complete" });
    }
    for (const id of ["l1", "l2"]) expect((await server.answer(id)).result).not.toHaveProperty("resultType");
    expect((await server.answer("i1")).result.protocolVersion).toBe("2025-11-25");
  });

  it("a second handshake is refused, and the first one holds", async () => {
    const server = await start();
    await server.write(
      `${initialize(1)}\n${initialize(2)}\n${JSON.stringify({ jsonrpc: "2.0", id: 3, method: "ping" })}\n`,
    );
    await server.answer(3);
    expect((await server.answer(2)).error?.code).toBe(-32600);
    expect((await server.answer(1)).result.serverInfo.name).toBe("attacked");
  });

  it("an older request before any handshake is refused", async () => {
    const server = await start();
    await server.write(
      `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "marker" } })}\n`,
    );
    expect([-32600, -32602]).toContain((await server.answer(1)).error?.code);
  });
});
