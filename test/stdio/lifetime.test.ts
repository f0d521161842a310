/** How children live and end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Client } from "../../src/client/index.ts";
import { type StdioOptions, stdio } from "../../src/client/stdio/index.ts";
import type { LocalError } from "../../src/errors.ts";
import type { PeerOptions, Transport } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import { gone, program, runs } from "./child.ts";
import { lines } from "./wire.ts";

const node = process.execPath;

type Open = (options: PeerOptions) => Promise<Transport>;

async function connect(name = "server", options: Partial<StdioOptions> = {}): Promise<Client> {
  return Client.connect(stdio({ command: node, args: [await program(name)], closeTimeout: 200, ...options }));
}

/** A promise, and what settles it. */
function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

async function pidOf(client: Client, tool = "pid"): Promise<number> {
  return Number(await client.call(tool));
}

describe("close()", () => {
  it("resolves when the child has gone", async () => {
    const client = await connect();
    const pid = await pidOf(client);
    expect(runs(pid)).toBe(true);
    await client.close();
    expect(runs(pid)).toBe(false);
    expect(await client.closed).toEqual({ kind: "closed" });
    await client.close();
  });

  it("rejects what is pending at once", async () => {
    const client = await connect("trap");
    const pending = client.request("tools/call", { name: "any" });
    const closing = client.close();
    let closed = false;
    void closing.then(() => (closed = true));
    await expect(pending).rejects.toMatchObject({ code: "closed" });
    expect(closed).toBe(false);
    await closing;
  });

  it("REL-59 kills a child that ends neither with stdin nor by SIGTERM", async () => {
    const said: string[] = [];
    const client = await connect("trap", { stderr: (line) => said.push(line), closeTimeout: 100 });
    await client.close();
    const pid = Number(said[0]?.slice("pid ".length));
    expect(runs(pid)).toBe(false);
    expect(said).toContain("not by SIGTERM");
  });

  it("is over before the same server is started again", async () => {
    const said: string[] = [];
    const stderr = (line: string): void => void said.push(line);
    const connector = stdio({ command: node, args: [await program("trap")], stderr, closeTimeout: 100 });
    const first = await Client.connect(connector);
    const closing = first.close();
    const second = await Client.connect(connector);
    expect(runs(Number(said[0]?.slice("pid ".length)))).toBe(false);
    expect(said.slice(1)).toContain("not by SIGTERM");
    await closing;
    await second.close();
  });

  it("REL-57 ends what the child started, three levels deep", async () => {
    const script = `sh -c '"$0" "$@"; true' "$@"; true`;
    const client = await connect("server", {
      command: "sh",
      args: ["-c", script, "sh", node, await program("server")],
    });
    const pids = [await pidOf(client), await pidOf(client, "grandchild")];
    expect(pids.every(runs)).toBe(true);
    await client.close();
    await gone(...pids);
  });

  it("REL-57 ends what outlives a child that ended by itself", async () => {
    const client = await connect();
    const pids = [await pidOf(client), await pidOf(client, "grandchild")];
    await expect(client.call("crash", { n: 1 })).rejects.toMatchObject({ code: "exited", data: { exitCode: 1 } });
    await gone(...pids);
  });

  it("REL-63 does not wait for a child that stopped reading", async () => {
    const deaf = deferred<void>();
    const connector = stdio({ command: node, args: [await program("deaf")], closeTimeout: 50 });
    const on = { "notifications/message": () => deaf.resolve() };
    const client = await Client.connect(connector, { on, revisions: ["2025-11-25"] });
    await deaf.promise;
    const args = { text: "x".repeat(1_000_000) };
    const calls = Array.from({ length: 5 }, () => client.call("echo" as never, args as never));
    const outcomes = Promise.allSettled(calls);
    await client.close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "closed" } });
  });

  it("REL-63 a message for a child that stopped reading is settled by its death", async () => {
    const connector = stdio({ command: node, args: [await program("deaf")], closeTimeout: 50 });
    const transport = await connector.open();
    const deaf = deferred<void>();
    transport.attach({ ask: () => undefined, emit: () => deaf.resolve() });
    const params = { filler: "x".repeat(1_000_000) };
    const message = { jsonrpc: "2.0", method: "notifications/message", params } as const;
    void transport.send(message);
    await deaf.promise;
    const sent = [transport.send(message), transport.send(message)];
    expect(sent[1]).toBeInstanceOf(Promise);
    await transport.close();
    await sent[0];
    await sent[1];
  });
});

describe("stderr", () => {
  it("REL-61 is read although nobody looks, and its end is kept", async () => {
    const client = await connect("noisy");
    expect(await client.callTool("any", { megabytes: 8 })).toMatchObject({ content: [{ text: "written" }] });
    const error = (await client.callTool("any", { megabytes: 0 }).catch((error: unknown) => error)) as LocalError;
    const { stderr } = error.data as { stderr: string };
    expect(stderr.endsWith("\uFFFD\uFFFDthe last words\n")).toBe(true);
    expect(stderr.length).toBeLessThanOrEqual(limits.stderrBytes);
    expect(error.message.length).toBeLessThan(5000);
  });

  it("can be read line by line; what the reader throws is its own loss", async () => {
    const said: string[] = [];
    const stderr = (line: string): void => {
      said.push(line);
      throw new Error("The reader fails");
    };
    const client = await connect("server", { stderr });
    await client.call("print");
    await client.close();
    expect(said).toEqual(["from the console", "from stdout", "from stderr"]);
  });

  it("without a line feed it is given in pieces", async () => {
    const said: string[] = [];
    const client = await connect("noisy", { stderr: (line) => said.push(line) });
    await client.callTool("any", { megabytes: 1 });
    await client.close();
    expect(said.join("")).toBe(`${"\uFFFD".repeat(1024 * 1024)}the last words`);
    expect(Math.max(...said.map((line) => line.length))).toBeLessThan(4 * limits.stderrBytes);
  });

  it("can be shown on our own", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const client = await connect("server", { stderr: "inherit" });
    await client.call("print");
    await client.close();
    const shown = write.mock.calls.map(([chunk]) => Buffer.from(chunk).toString()).join("");
    write.mockRestore();
    expect(shown).toBe("from the console\nfrom stdout\nfrom stderr\n");
  });
});

describe("stdout", () => {
  it("REL-1 may have noise between the messages", async () => {
    const warn = vi.fn<(...data: readonly unknown[]) => void>();
    const connector = stdio({ command: node, args: [await program("noisy")] });
    const client = await Client.connect(connector, { logger: { warn } });
    expect(await client.callTool("any", { megabytes: 0.1 })).toMatchObject({ content: [{ text: "written" }] });
    expect(warn.mock.calls.map(([, problem]) => (problem as { code: number }).code)).toEqual([-32700, -32700, -32600]);
    await client.close();
  });
});

describe("a server of a stateless revision", () => {
  it("REL-15 STDIO-3 gets no answer to requests of its own", async () => {
    const problems: string[] = [];
    const inner = stdio({ command: node, args: [await program("asking")] });
    const onProblem = (problem: unknown): void => void problems.push((problem as Error).message);
    const client = await Client.connect({ open: () => (inner.open as Open)({ onProblem }) });
    await client.callTool("any");
    expect(problems).toEqual(["ping", "roots/list", "no/such/method"].map((method) => expect.stringContaining(method)));
    // An answer to the requests of the first call would have arrived before the second one.
    expect(await client.callTool("any")).toMatchObject({ content: [{ text: "[]" }] });
    await client.close();
  });
});

describe("many children", () => {
  const open = (): number => readdirSync("/proc/self/fd").length;
  const zombies = (): string[] =>
    readdirSync("/proc").filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        const [state, parent] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        return state === "Z" && Number(parent) === process.pid;
      } catch {
        return false;
      }
    });
  const listeners = (): number =>
    process.eventNames().reduce((sum, name) => sum + process.listenerCount(name as "exit"), 0);

  it.skipIf(process.platform !== "linux")("REL-62 leave no process, descriptor or listener", async () => {
    await (await connect()).close();
    const before = [open(), listeners()];
    const connector = stdio({ command: node, args: [await program("server")] });
    for (let round = 0; round < 6; round++) {
      const clients = await Promise.all(Array.from({ length: 5 }, () => Client.connect(connector)));
      const pids = await Promise.all(clients.map((client) => pidOf(client)));
      expect(new Set(pids).size).toBe(5);
      await Promise.all(clients.map((client) => client.close()));
      expect(pids.filter(runs)).toEqual([]);
    }
    expect([open(), listeners()]).toEqual(before);
    expect(zombies()).toEqual([]);
  });
});

describe("restart", () => {
  it("REL-64 STDIO-7 a crashed server is started again, calls fail and subscriptions are made anew", async () => {
    const restarted = deferred<unknown>();
    const connector = stdio({ command: node, args: [await program("server")], restart: true });
    const client = await Client.connect(connector, { onRestart: restarted.resolve });
    const changes = await client.listen({ resourceSubscriptions: ["note://1"] });
    const first = await pidOf(client);
    const failed = client.call("never").catch((error: unknown) => error);
    await expect(client.call("crash", { n: 1 })).rejects.toMatchObject({ code: "exited" });
    expect(await failed).toMatchObject({ code: "exited" });
    expect(await restarted.promise).toEqual({ attempt: 1 });
    expect(await pidOf(client)).not.toBe(first);
    const told = changes[Symbol.asyncIterator]();
    expect(await told.next()).toEqual({ value: { type: "all" }, done: false });
    await client.call("change");
    expect(await told.next()).toEqual({ value: { type: "resource", uri: "note://1" }, done: false });
    await client.close();
  });

  it("without it a crash is the end", async () => {
    const client = await connect();
    const changes = await client.listen({ toolsListChanged: true });
    await expect(client.call("crash", { n: 1 })).rejects.toMatchObject({ code: "exited" });
    await expect(changes[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "exited" });
    expect((await client.closed).kind).toBe("error");
  });
});

describe("a host that ends", () => {
  const running = new Set<number>();
  afterEach(() => {
    for (const pid of running) if (runs(pid)) process.kill(pid, "SIGKILL");
    running.clear();
  });

  /** Starts a host with a child; gives both, when they are connected. */
  async function host(
    way: string,
    child = "trap",
  ): Promise<{
    host: ReturnType<typeof spawn>;
    pid: number;
    ended: Promise<unknown[]>;
    said: AsyncGenerator<string>;
  }> {
    const started = spawn(node, [await program("host"), way, await program(child)], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const ended = once(started, "exit");
    const said = lines(started.stdout);
    // One line comes from the child's stderr, the other from the host.
    const both = [(await said.next()).value, (await said.next()).value];
    expect(both).toContain("connected");
    const pid = Number(both.find((line) => line?.startsWith("pid "))?.slice("pid ".length));
    running.add(pid).add(started.pid as number);
    expect(runs(pid)).toBe(true);
    return { host: started, pid, ended, said };
  }

  it.each([
    ["exits", [0, null]],
    ["throws", [1, null]],
  ])("REL-65 takes its children along: %s", async (way, end) => {
    const { host: started, pid, ended } = await host(way);
    started.stdin?.write("now");
    expect(await ended).toEqual(end);
    await gone(pid);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("REL-65 takes its children along, by %s", async (signal) => {
    const { host: started, pid, ended } = await host("waits");
    started.kill(signal);
    expect(await ended).toEqual([null, signal]);
    await gone(pid);
  });

  it("REL-65 decides itself what a signal means when it handles it", async () => {
    const { host: started, pid, ended, said } = await host("handles SIGINT");
    for (let at = 0; at < 2; at++) {
      started.kill("SIGINT");
      expect((await said.next()).value).toBe("interrupted");
    }
    expect(runs(pid)).toBe(true);
    started.kill("SIGUSR2");
    expect(await ended).toEqual([7, null]);
    await gone(pid);
  });

  it("REL-58 a server ends with a host that is killed", async () => {
    const { host: started, pid } = await host("waits", "server-alive");
    started.kill("SIGKILL");
    await gone(pid);
    expect(runs(pid)).toBe(false);
  });
});
