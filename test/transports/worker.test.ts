import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { root, subpaths } from "../../scripts/folders.mjs";
import { Client } from "../../src/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { limits } from "../../src/limits.ts";
import { type Port, worker, type WorkerPort } from "../../src/transports/index.ts";
import { REVISIONS } from "./conversation.ts";
import { UNICODE } from "./scene.ts";

let folder: string;
let script: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcplex-worker-"));
  script = join(folder, "server.mjs");
  await build({
    entryPoints: [join(root, "test/transports/workers/server.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    logLevel: "error",
    alias: Object.fromEntries(subpaths.map(({ name, source }) => [name, join(root, "src", source)])),
  });
});

afterAll(() => rm(folder, { recursive: true }));

/** A worker, and what its exit code is going to be. */
function start(workerData: unknown = null): { thread: Worker; exit: Promise<number> } {
  const thread = new Worker(pathToFileURL(script), { workerData });
  return { thread, exit: new Promise((resolve) => thread.on("exit", resolve)) };
}

describe.each(REVISIONS)("a worker carries a conversation in %s", (revision) => {
  it("calls, with progress, large texts and text of every kind, and ends with the connection", async () => {
    const { thread, exit } = start();
    const client = await Client.connect(worker(thread), { revisions: [revision] });
    expect(await client.call("echo", { text: UNICODE })).toBe(UNICODE);
    const seen: number[] = [];
    await client.call("count", { to: 50 }, { onProgress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    const text = "é😀xy".repeat(180_000);
    expect((await client.call("echo", { text })) === text).toBe(true);
    await client.close();
    expect(await exit).toBe(0);
    expect(await client.closed).toEqual({ kind: "closed" });
  });

  it("cancels", async () => {
    const { thread } = start();
    const client = await Client.connect(worker(thread, { text: true }), { revisions: [revision] });
    const abort = new AbortController();
    const call = client.call("wait", {}, { signal: abort.signal });
    await client.call("echo", { text: "after" });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    expect(await client.call("echo", { text: "still here" })).toBe("still here");
    await client.close();
  });

  it("rejects what waits when the client closes, and when the worker does", async () => {
    const first = start();
    const one = await Client.connect(worker(first.thread), { revisions: [revision] });
    const waiting = one.call("wait");
    await one.call("echo", { text: "after" });
    const closing = one.close();
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
    await closing;
    expect(await first.exit).toBe(0);

    const second = start();
    const other = await Client.connect(worker(second.thread), { revisions: [revision] });
    const left = other.call("hang");
    expect(await other.call("leave")).toBe("bye");
    await expect(left).rejects.toMatchObject({ code: "closed" });
    expect(await other.closed).toEqual({ kind: "closed" });
    expect(await second.exit).toBe(0);
  });

  it("rejects what waits when the worker fails or exits", async () => {
    const failing = start();
    const one = await Client.connect(worker(failing.thread), { revisions: [revision] });
    for (const waiting of await Promise.allSettled([one.call("wait"), one.call("crash")])) {
      expect(waiting).toMatchObject({ reason: { code: "exited", cause: { message: "the worker crashed" } } });
    }
    expect(await one.closed).toMatchObject({ kind: "error", error: { code: "exited" } });

    const exiting = start();
    const other = await Client.connect(worker(exiting.thread), { revisions: [revision] });
    await expect(other.call("exit")).rejects.toMatchObject({ code: "exited", data: { exitCode: 3 } });
  });
});

/** A worker as browsers have it. */
class BrowserWorker extends EventTarget implements WorkerPort {
  static readonly made: { url: unknown; options: unknown }[] = [];
  readonly posted: unknown[] = [];
  terminated = 0;

  constructor(url?: unknown, options?: unknown) {
    super();
    BrowserWorker.made.push({ url, options });
  }

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  terminate(): void {
    this.terminated++;
  }

  says(type: string, init: object): void {
    this.dispatchEvent(Object.assign(new Event(type), init));
  }
}

describe("worker", () => {
  it("ends a worker that does not end by itself", async () => {
    const { thread, exit } = start({ stays: true });
    const channel = worker(thread);
    const client = await Client.connect(channel);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const closing = client.close();
      await channel.closed;
      await vi.advanceTimersByTimeAsync(limits.graceTimeout);
      await closing;
    } finally {
      vi.useRealTimers();
    }
    expect(await exit).toBe(1);
  });

  it("ends a worker of a browser when it said that it is closed", async () => {
    const thread = new BrowserWorker();
    const channel = worker(thread);
    const closing = channel.close();
    await channel.closed;
    expect([thread.posted, thread.terminated]).toEqual([[{ mcplex: "closed" }], 0]);
    thread.says("message", { data: { mcplex: "closed" } });
    await closing;
    expect(thread.terminated).toBe(1);
  });

  it("ends a worker of a browser that closed first, or whose script failed", async () => {
    const leaving = new BrowserWorker();
    const left = worker(leaving);
    leaving.says("message", { data: { mcplex: "closed" } });
    await left.close();
    expect(leaving.terminated).toBe(1);

    const failing = new BrowserWorker();
    const channel = worker(failing);
    failing.says("error", { error: new Error("no such script") });
    expect(await channel.closed).toMatchObject({ error: { code: "exited", cause: { message: "no such script" } } });
  });

  it("starts a module where there is a global Worker", async () => {
    vi.stubGlobal("Worker", BrowserWorker);
    try {
      worker("./server.js");
      expect(BrowserWorker.made.at(-1)).toEqual({ url: "./server.js", options: { type: "module" } });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("says what to give it where there is none", () => {
    vi.stubGlobal("Worker", undefined);
    try {
      expect(() => worker(new URL("file:///server.js"))).toThrow(DefinitionError);
      expect(() => worker("./server.js")).toThrow("node:worker_threads");
    } finally {
      vi.unstubAllGlobals();
    }
    for (const wrong of [undefined, null, {}, new MessageChannel().port1 as Port]) {
      expect(() => worker(wrong as never)).toThrow(DefinitionError);
    }
  });
});
