/** A served process, seen from a client that writes the wire by hand. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { stdio } from "../../src/client/stdio/index.ts";
import { program } from "./child.ts";
import { call, initialize, lines, Messages, modern, textOf } from "./wire.ts";

const started = new Set<ChildProcess>();
afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started.clear();
});

async function server(env: Record<string, string> = {}): Promise<{
  child: ChildProcessWithoutNullStreams;
  messages: Messages;
  /** Everything on stderr, once the process has ended. */
  stderr: Promise<string>;
  ended: Promise<unknown[]>;
  readonly write: (...lines: readonly string[]) => void;
}> {
  const child = spawn(process.execPath, [await program("server")], { env: { ...process.env, ...env } });
  started.add(child);
  child.stdin.on("error", () => {});
  const stderr = textFrom(child.stderr);
  const write = (...lines: readonly string[]): void =>
    void child.stdin.write(lines.map((line) => `${line}\n`).join(""));
  return { child, messages: new Messages(child.stdout), stderr, ended: once(child, "exit"), write };
}

async function textFrom(stream: NodeJS.ReadableStream): Promise<string> {
  const read: string[] = [];
  try {
    for await (const line of lines(stream)) read.push(line);
  } catch {
    // The test itself broke the pipe.
  }
  return read.join("\n");
}

describe("serveStdio() exits when its client goes", () => {
  it("REL-58 STDIO-6 although a timer is alive", async () => {
    const { child, messages, ended, write } = await server({ ALIVE: "1" });
    write(modern(1, "server/discover"));
    await messages.next();
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  it("when stdin has ended before the first message", async () => {
    const { child, ended } = await server({ ALIVE: "1" });
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  it("and answers what is in flight before", async () => {
    const { child, messages, ended, write } = await server({ ALIVE: "1" });
    write(call(1, "last"), call(2, "last"), call(3, "echo", { text: "x".repeat(1_000_000) }));
    child.stdin.end();
    const texts = new Map((await messages.take(3)).map((message) => [message.id, textOf(message)]));
    expect(texts.get(1)).toBe("answered after the end");
    expect(texts.get(2)).toBe("answered after the end");
    expect(texts.get(3)?.length).toBe(1_000_000);
    expect(await messages.next()).toBeUndefined();
    expect(await ended).toEqual([0, null]);
  });

  it("REL-8 and gives up what is not answered in time", async () => {
    const { child, messages, ended, stderr, write } = await server({ GRACE: "50" });
    write(call(1, "never"));
    child.stdin.end("half a line");
    expect(await ended).toEqual([0, null]);
    expect(await messages.next()).toBeUndefined();
    expect(await stderr).toBe("never started\nnever aborted");
  });

  it("REL-12 when its stdout breaks, without a word", async () => {
    const { child, messages, ended, stderr, write } = await server({ ALIVE: "1" });
    write(modern(1, "server/discover"));
    await messages.next();
    child.stdout.destroy();
    write(call(2, "echo", { text: "for nobody" }), call(3, "print"));
    expect(await ended).toEqual([0, null]);
    expect(await stderr).not.toContain("    at ");
  });

  it("REL-12 when all its pipes break at once", async () => {
    const { child, messages, ended, write } = await server({ ALIVE: "1" });
    write(modern(1, "server/discover"));
    await messages.next();
    write(...Array.from({ length: 100 }, (_, at) => call(at, "print")));
    for (const pipe of [child.stdout, child.stderr, child.stdin]) pipe.destroy();
    expect(await ended).toEqual([0, null]);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("on %s, after answers and the results of subscriptions", async (signal) => {
    const { child, messages, ended, write } = await server({ ALIVE: "1" });
    write(modern(1, "subscriptions/listen", { notifications: { toolsListChanged: true } }));
    expect((await messages.next())?.method).toBe("notifications/subscriptions/acknowledged");
    child.kill(signal);
    expect(await messages.next()).toMatchObject({ id: 1, result: { resultType: "complete" } });
    expect(await messages.next()).toBeUndefined();
    expect(await ended).toEqual([0, null]);
  });

  it("at once on a second signal", async () => {
    const { child, messages, ended, write } = await server({ GRACE: "100000" });
    write(modern(1, "subscriptions/listen", { notifications: { toolsListChanged: true } }), call(2, "never"));
    expect((await messages.next())?.method).toBe("notifications/subscriptions/acknowledged");
    child.kill("SIGTERM");
    expect((await messages.next())?.id).toBe(1);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});

describe("the wire", () => {
  it("REL-10 what a tool prints goes to stderr", async () => {
    const { child, messages, stderr, write } = await server();
    write(call(1, "print"));
    expect(textOf(await messages.next())).toBe("printed");
    child.stdin.end();
    expect(await messages.next()).toBeUndefined();
    expect(await stderr).toBe("from the console\nfrom stdout\nfrom stderr");
  });

  it("REL-3 a line of any length costs no memory", async () => {
    const { child, messages, write } = await server();
    write(call(1, "rss"));
    const before = Number(textOf(await messages.next()));
    const chunk = Buffer.alloc(1024 * 1024, 120);
    for (let at = 0; at < 256; at++) if (!child.stdin.write(chunk)) await once(child.stdin, "drain");
    write("", call(2, "rss"));
    const [refused, served] = await messages.take(2);
    expect(refused?.error?.data).toEqual({ limit: "lineBytes" });
    // What is read leaves garbage, which the collector takes when it likes; what is kept would be all of 256 MB.
    expect((Number(textOf(served)) - before) / (1024 * 1024)).toBeLessThan(128);
  });

  it("REL-16 one process speaks both eras", async () => {
    const { messages, write } = await server();
    write(initialize(1), call(2, "pid"));
    const got = new Map((await messages.take(2)).map((message) => [message.id, message]));
    expect(got.get(1)?.result?.["protocolVersion"]).toBe("2025-11-25");
    expect(got.get(2)?.result?.["resultType"]).toBe("complete");
  });
});

describe.each(["2026-07-28", "2025-11-25"] as const)("a session in %s", (revision) => {
  async function connect(on?: (line: string) => void): Promise<Client> {
    const connector = stdio({ command: process.execPath, args: [await program("server")], stderr: on });
    return Client.connect(connector, { revisions: [revision] });
  }

  it("calls, reads and lists", async () => {
    await using client = await connect();
    expect(client.version).toBe(revision);
    expect(client.server.info).toMatchObject({ name: "child" });
    expect(await client.call("echo", { text: "å 漢 😀" })).toBe("å 漢 😀");
    expect((await client.readResource("note://7")).contents).toEqual([{ uri: "note://7", text: "note 7" }]);
    const names: string[] = [];
    for await (const tool of client.tools()) names.push(tool.name);
    expect(names).toContain("progress");
    const calls = Array.from({ length: 200 }, (_, at) => client.call("echo", { text: `${at}` }));
    expect(await Promise.all(calls)).toEqual(calls.map((_, at) => `${at}`));
  });

  it("tells progress in order", async () => {
    await using client = await connect();
    const seen: number[] = [];
    await client.call("progress", { n: 100 }, { onProgress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  });

  it("STDIO-4 cancels", async () => {
    const said: string[] = [];
    let heard = (): void => {};
    const until = async (line: string): Promise<void> => {
      while (!said.includes(line)) await new Promise<void>((resolve) => (heard = resolve));
    };
    await using client = await connect((line) => {
      said.push(line);
      heard();
    });
    const stop = new AbortController();
    const answer = client.call("never", {}, { signal: stop.signal });
    await until("never started");
    stop.abort(new Error("enough"));
    await expect(answer).rejects.toMatchObject({ code: "aborted" });
    await until("never aborted");
    expect(await client.call("echo", { text: "on" })).toBe("on");
  });

  it("STDIO-5 listens", async () => {
    await using client = await connect();
    const changes = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["note://1"] });
    await client.call("change");
    const iterator = changes[Symbol.asyncIterator]();
    const told = [(await iterator.next()).value, (await iterator.next()).value];
    expect(told).toContainEqual({ type: "tools" });
    expect(told).toContainEqual({ type: "resource", uri: "note://1" });
    changes.close();
  });

  it("REL-10 survives what a tool prints", async () => {
    const said: string[] = [];
    const client = await connect((line) => said.push(line));
    expect(await client.call("print")).toBe("printed");
    expect(await client.call("print")).toBe("printed");
    await client.close();
    expect(said).toHaveLength(6);
  });
});
