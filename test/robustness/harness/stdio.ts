/** A server on stdio in a process of its own, and the bytes that go in and out. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { expect } from "vitest";
import { bundled } from "./bundle.ts";
import type { RpcMessage } from "./reply.ts";
import { until, within } from "./waiting.ts";

/** What the process tells of itself. */
export interface StdioReport {
  readonly flooded: number;
  readonly told: readonly string[];
  /** The most calls of `busy` at the same time. */
  readonly most: number;
  readonly rss: number;
  readonly lag: number;
}

const CODES: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022, -32002]);

export class StdioServer {
  readonly messages: RpcMessage[] = [];
  readonly exited: Promise<number | null>;
  stderr = "";
  readonly #child: ChildProcess;
  #rest = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = once(child, "exit").then(([code]) => code as number | null);
    child.stdin?.on("error", () => {});
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<StdioServer> {
    const program = await bundled(new URL("./stdio-program.ts", import.meta.url));
    const args = ["--max-old-space-size=256", program];
    return new StdioServer(spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe", "ipc"], env }));
  }

  get stdin(): Writable {
    return this.#child.stdin as Writable;
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  /** Writes, and waits until the pipe has room again. */
  async write(data: string | Uint8Array): Promise<void> {
    if (!this.stdin.write(data)) await Promise.race([once(this.stdin, "drain"), this.exited]);
  }

  /** Waits until a message fits. */
  async until(fits: (messages: readonly RpcMessage[]) => boolean, patience?: number): Promise<void> {
    await until(() => fits(this.messages), "the messages that were expected", patience);
  }

  /** Waits for the answer to a request. */
  async answer(id: unknown, patience?: number): Promise<RpcMessage> {
    await this.until(
      (messages) => messages.some((message) => message.id === id && message.method === undefined),
      patience,
    );
    return this.messages.find((message) => message.id === id && message.method === undefined) as RpcMessage;
  }

  async report(): Promise<StdioReport> {
    const answer = once(this.#child, "message");
    this.#child.send({});
    return (await within(5000, answer, "a report"))[0] as StdioReport;
  }

  /** The most memory that the process ever had, in bytes. */
  get peak(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Asserts what must hold after every case, and ends the process. */
  async finish(): Promise<void> {
    if (this.#child.exitCode === null && this.stdin.writable && !this.stdout.destroyed) {
      const meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      const control = { jsonrpc: "2.0", id: "control", method: "tools/call", params: { name: "echo", _meta: meta } };
      this.stdin.write(`${JSON.stringify(control)}\n`);
      await this.answer("control", 1000);
      this.stdin.end();
    }
    const code = await within(10_000, this.exited, "the exit");
    expect(code, this.stderr).toBe(0);
    expect(this.stderr).not.toMatch(/FAULT|\n\s+at /);
    for (const { error } of this.messages) {
      if (error === undefined) continue;
      expect(CODES).toContain(error.code);
      expect(`${error.message} ${JSON.stringify(error.data)}`).not.toMatch(
        /\n\s*at |node:|\.[mc]?[jt]s:|Unexpected|call stack/,
      );
    }
    const ids = this.messages.filter(({ id, method }) => id !== undefined && method === undefined).map(({ id }) => id);
    expect(new Set(ids.map((id) => JSON.stringify(id))).size, "one response to each request").toBe(ids.length);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    // What is no JSON on stdout is a failure, whatever else is tested.
    for (const line of lines) this.messages.push(JSON.parse(line) as RpcMessage);
  }
}
