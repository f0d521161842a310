import { PassThrough, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { Server } from "../../src/server/index.ts";
import { serveStdio } from "../../src/server/stdio/index.ts";
import { call, initialize, type Messages, modern, textOf, wire, type WireMessage } from "./wire.ts";

// The time that it takes to load the validator here is no part of what is looked at.
beforeAll(() => import("../../src/schema/validator/index.ts"));

const text = { type: "object", properties: { text: { type: "string" } } } as const;

function echoServer(): Server {
  return new Server({ name: "echo", version: "1" }, { onError: () => {} }).tool("echo", { input: text }, ({ text }) =>
    String(text),
  ) as Server;
}

/** The codes of error messages, and the ids of results. */
function outcomes(messages: readonly WireMessage[]): unknown[] {
  return messages.map(({ id, error }) => (error === undefined ? id : id === undefined ? error.code : [id, error.code]));
}

describe("lines", () => {
  const hello = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "server/discover" });
  const cases: [id: string, title: string, bytes: string | Uint8Array, answers: unknown[]][] = [
    [
      "REL-1",
      "what is no JSON is answered, and the next line served",
      `hello\n{bad\n${call(1, "echo")}\n`,
      [-32700, -32700, 1],
    ],
    ["REL-1", "JSON that is no message", `[]\n1\nnull\n{}\n${call(1, "echo")}\n`, [-32600, -32600, -32600, -32600, 1]],
    ["REL-2", "blank lines, CRLF", `\n\r\n  \t\n${call(1, "echo")}\r\n\n${call(2, "echo")}\r\n`, [1, 2]],
    ["REL-2", "a lone CR is white space and ends nothing", `${call(1, "echo")}\r${call(2, "echo")}\n`, [-32700]],
    ["REL-2", "NUL and form feed", `\0\n\f\n${call(1, "echo")}\n`, [-32700, -32700, 1]],
    ["REL-2", "U+2028 in a string", `${call(1, "echo", { text: "a\u2028b\u0085" })}\n`, [1]],
    ["REL-6", "a byte order mark opens the first line", `\uFEFF${call(1, "echo")}\n`, [1]],
    ["REL-6", "a byte order mark on a later line", `${call(1, "echo")}\n\uFEFF${call(2, "echo")}\n`, [-32700, 1]],
    ["STDIO-3", "a request without _meta before any handshake", `${hello}\n`, [[1, -32602]]],
  ];
  it.each(cases)("%s %s", async (_id, _title, bytes, answers) => {
    const { stdin, messages, serving } = wire(echoServer());
    stdin.end(bytes);
    // Errors of lines leave at once, answers of tools when the tools are done.
    expect(outcomes(await messages.take(answers.length))).toEqual(expect.arrayContaining(answers));
    await serving.closed;
    expect(await messages.next()).toBeUndefined();
  });

  it("REL-5 text may be cut at any byte", async () => {
    const said = "å 漢 😀 \u2028";
    const bytes = Buffer.from(`${call("é😀", "echo", { text: said })}\n`);
    for (let at = 1; at < bytes.length; at++) {
      const { stdin, messages } = wire(echoServer());
      stdin.write(bytes.subarray(0, at));
      await turn();
      stdin.end(bytes.subarray(at));
      const answer = await messages.next();
      expect([answer?.id, textOf(answer)], `cut at ${at}`).toEqual(["é😀", said]);
    }
  });

  it.each([
    ["FF", [0xff]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a cut character", [0xe2, 0x82]],
  ])("REL-7 SEC-14 bytes that are no UTF-8 are refused in strings and keys: %s", async (_title, wrong) => {
    const { stdin, messages } = wire(echoServer());
    for (const [before, after] of [call(1, "echo", { text: "@" }).split("@"), call(2, "echo", { "@": 1 }).split("@")]) {
      stdin.write(Buffer.concat([Buffer.from(before ?? ""), Buffer.from(wrong), Buffer.from(`${after}\n`)]));
    }
    stdin.write(`${call(3, "echo", { text: "fine" })}\n`);
    const answers = await messages.take(3);
    expect(outcomes(answers)).toEqual([-32700, -32700, 3]);
    expect(textOf(answers[2])).toBe("fine");
  });

  it("REL-3 a line above the limit is skipped and answered, and the next one served", async () => {
    const { stdin, messages } = wire(echoServer());
    const chunk = Buffer.alloc(1024 * 1024, 120);
    for (let at = 0; at < 11; at++) if (!stdin.write(chunk)) await turn();
    stdin.write(`\n${call(1, "echo", { text: "after" })}\n`);
    const [refused, served] = await messages.take(2);
    expect(refused?.error).toMatchObject({ code: -32600, data: { limit: "lineBytes" } });
    expect(textOf(served)).toBe("after");
  });

  it("REL-8 a line without its end is dropped at the end", async () => {
    const { stdin, messages, serving } = wire(echoServer());
    stdin.end(`${call(1, "echo")}\n${call(2, "echo")}`);
    expect(outcomes(await messages.take(1))).toEqual([1]);
    expect(await serving.closed).toEqual({ kind: "end" });
    expect(await messages.next()).toBeUndefined();
  });
});

describe("many requests", () => {
  it("REL-13 never more than 128 run, 1024 wait, and the rest is refused", async () => {
    let running = 0;
    let most = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = new Server({ name: "busy", version: "1" }).tool("busy", {}, async () => {
      most = Math.max(most, ++running);
      await released;
      running--;
      return "done";
    });
    const { messages, write } = wire(server);
    const count = 3000;
    write(...Array.from({ length: count }, (_, id) => call(id, "busy")));
    const refused = await messages.take(count - 128 - 1024);
    expect(refused.every(({ error }) => error?.code === -32603)).toBe(true);
    expect(refused[0]?.error?.data).toEqual({ limit: "inFlight" });
    release();
    const served = await messages.take(128 + 1024);
    expect(new Set([...refused, ...served].map(({ id }) => id)).size).toBe(count);
    expect(served.every((message) => textOf(message) === "done")).toBe(true);
    expect(most).toBe(128);
  });

  it("REL-9 a handler waits for a slow reader, and nothing is lost", async () => {
    const waiting: (() => void)[] = [];
    const written: string[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        waiting.push(done);
      },
    });
    let emitted = 0;
    const server = new Server({ name: "flood", version: "1" }).tool("flood", {}, async (_, context) => {
      for (let at = 1; at <= 1000; at++) {
        await context.progress(at, 1000, "x".repeat(1000));
        emitted = at;
      }
      return "done";
    });
    const stdin = new PassThrough();
    serveStdio(server, { stdin, stdout, exit: false });
    stdin.write(`${call(1, "flood").replace('"_meta":{', '"_meta":{"progressToken":7,')}\n`);
    for (let at = 0; at < 50; at++) await turn();
    expect(emitted).toBeLessThan(100);
    while (written.at(-1)?.includes('"result"') !== true || waiting.length > 0) {
      waiting.shift()?.();
      await turn();
    }
    expect(emitted).toBe(1000);
    const got = written
      .join("")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as WireMessage);
    expect(got.slice(0, 1000).map(({ params }) => params?.["progress"])).toEqual(
      Array.from({ length: 1000 }, (_, at) => at + 1),
    );
    expect(textOf(got[1000])).toBe("done");
  });
});

describe("both eras on one wire", () => {
  const legacyCall = (id: number): string =>
    JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo", arguments: { text: "old" } } });
  const initialized = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });

  async function answers(messages: Messages, count: number): Promise<Map<unknown, WireMessage>> {
    return new Map((await messages.take(count)).map((message) => [message.id, message]));
  }

  it("REL-16 they are kept apart", async () => {
    const { messages, write } = wire(echoServer());
    write(
      call(1, "echo", { text: "new" }),
      initialize(2),
      initialized,
      legacyCall(3),
      call(4, "echo", { text: "new" }),
    );
    const got = await answers(messages, 4);
    expect(got.get(1)?.result?.["resultType"]).toBe("complete");
    expect(got.get(2)?.result?.["protocolVersion"]).toBe("2025-11-25");
    expect(got.get(3)?.result).toEqual({ content: [{ type: "text", text: "old" }] });
    expect(got.get(4)?.result?.["resultType"]).toBe("complete");
  });

  it("REL-16 a second handshake is refused, and the first one stands", async () => {
    const { messages, write } = wire(echoServer());
    write(initialize(1), initialize(2), legacyCall(3));
    const got = await answers(messages, 3);
    expect(got.get(2)?.error?.code).toBe(-32600);
    expect(textOf(got.get(3))).toBe("old");
  });
});

describe("the end of a wire", () => {
  it("close() ends subscriptions with their result and waits for answers", async () => {
    let release = (): void => {};
    const server = new Server({ name: "ending", version: "1" }).tool("wait", {}, async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return "waited";
    });
    const { messages, write, serving } = wire(server);
    write(modern(1, "subscriptions/listen", { notifications: { toolsListChanged: true } }));
    expect((await messages.next())?.method).toBe("notifications/subscriptions/acknowledged");
    write(call(2, "wait"));
    await turn();
    const closing = serving.close();
    expect((await messages.next())?.id).toBe(1);
    release();
    expect(textOf(await messages.next())).toBe("waited");
    await closing;
    expect(await serving.closed).toEqual({ kind: "closed" });
    expect(await messages.next()).toBeUndefined();
  });

  it("REL-8 what is not answered within the grace time is given up", async () => {
    let aborted: unknown;
    const server = new Server({ name: "ending", version: "1" }).tool("never", {}, (_, { signal }) => {
      signal.addEventListener("abort", () => {
        aborted = signal.reason;
      });
      return new Promise<string>(() => {});
    });
    const { stdin, messages, serving } = wire(server);
    stdin.end(`${call(1, "never")}\n`);
    await serving.closed;
    expect(aborted).toMatchObject({ code: "closed" });
    expect(await messages.next()).toBeUndefined();
  });

  it("a stdin that has ended before ends it at once", async () => {
    const stdin = new PassThrough();
    stdin.resume().end();
    await new Promise((resolve) => stdin.once("close", resolve));
    const serving = serveStdio(echoServer(), { stdin, stdout: new PassThrough(), exit: false });
    expect(await serving.closed).toEqual({ kind: "end" });
  });

  it("REL-12 a stdout that breaks ends it", async () => {
    const stdin = new PassThrough();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("gone"), { code: "EPIPE" })),
    });
    const serving = serveStdio(echoServer(), { stdin, stdout, exit: false });
    stdin.write(`${call(1, "echo")}\n`);
    expect(await serving.closed).toMatchObject({ kind: "error", error: { code: "EPIPE" } });
  });

  it("a reader that stands still does not hold the end", async () => {
    const stdin = new PassThrough();
    const serving = serveStdio(echoServer(), { stdin, stdout: new Writable({ write: () => {} }), exit: false });
    stdin.end(`${call(1, "echo")}\n`);
    expect(await serving.closed).toEqual({ kind: "end" });
  });
});

describe("the stdout of the process", () => {
  it("belongs to the wire while it is served, and to the program afterwards", async () => {
    const write = Reflect.get(process.stdout, "write");
    const shown = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const stdin = new PassThrough();
    const serving = serveStdio(echoServer(), { stdin, exit: false });
    expect(() => serveStdio(echoServer(), { stdin, exit: false })).toThrow(DefinitionError);
    expect(process.stdout.write("printed\n")).toBe(true);
    expect(shown).toHaveBeenCalledExactlyOnceWith("printed\n");
    stdin.end();
    await serving.closed;
    expect(Reflect.get(process.stdout, "write")).toBe(write);
    expect(Object.hasOwn(process.stdout, "write")).toBe(false);
  });

  it("is left alone when the wire has another one", async () => {
    const write = Reflect.get(process.stdout, "write");
    const serving = serveStdio(echoServer(), { stdin: new PassThrough(), stdout: new PassThrough(), exit: false });
    expect(Reflect.get(process.stdout, "write")).toBe(write);
    await serving.close();
  });
});
