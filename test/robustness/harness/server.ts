/** The server under test, in a process of its own with little memory. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { bundled } from "./bundle.ts";
import type { HostName } from "./host-names.ts";
import { Watch } from "./invariants.ts";
import { type HttpParts, bytesOf } from "./messages.ts";
import type { Answer, Command, EndpointOptions, Report } from "./protocol.ts";
import { Connection, type Recorder } from "./raw.ts";
import type { Reply } from "./reply.ts";
import { within } from "./waiting.ts";

/** One endpoint, and how to speak to it. */
export class Target {
  readonly port: number;
  readonly #watch: Watch;

  constructor(port: number, watch: Watch) {
    this.port = port;
    this.#watch = watch;
  }

  /** Opens a connection. */
  connect(options?: { bodiless?: boolean }, recorder: Recorder = this.#watch): Promise<Connection> {
    return Connection.open(this.port, recorder, options);
  }

  /** Sends one request on a connection of its own; gives the whole reply. */
  async send(parts: HttpParts, patience?: number): Promise<Reply> {
    const connection = await this.connect({ bodiless: parts.method === "HEAD" });
    try {
      connection.write(bytesOf(parts));
      const reply = await connection.reply(patience);
      if (reply === undefined) throw new Error("The connection closed without a reply");
      this.#watch.exchanged(parts.body, reply);
      return reply;
    } finally {
      connection.destroy();
    }
  }

  /** Sends one request, and gives its reply as soon as the head is there. The connection stays open. */
  async open(parts: HttpParts, recorder?: Recorder): Promise<{ connection: Connection; reply: Reply }> {
    const connection = await this.connect({}, recorder);
    connection.write(bytesOf(parts));
    const reply = await connection.head();
    if (reply === undefined) throw new Error("The connection closed without a reply");
    return { connection, reply };
  }

  /** Opens a session of an older revision; gives its id. */
  async session(version = "2025-11-25", headers: Record<string, string> = {}): Promise<string> {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: "raw", version: "1" } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
    const reply = await this.send({ headers, body });
    const id = reply.header("mcp-session-id");
    if (id === undefined) throw new Error(`No session: ${reply.status} ${reply.text}`);
    const initialized = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });
    await this.send({
      headers: { ...headers, "Mcp-Session-Id": id, "MCP-Protocol-Version": version },
      body: initialized,
    });
    return id;
  }
}

/** The process with the server. */
export class ServerUnderTest {
  readonly watch: Watch = new Watch();
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #targets = new Map<string, Promise<Target>>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (answer: Answer) => this.#answers.get(answer.id)?.(answer));
    child.stderr?.resume();
    child.stdout?.resume();
  }

  static async start(): Promise<ServerUnderTest> {
    const program = await bundled(new URL("./program.ts", import.meta.url));
    const execArgv = ["--max-old-space-size=256", "--expose-gc"];
    const child = fork(program, {
      execArgv,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { PATH: process.env["PATH"] },
    });
    const exited = once(child, "exit").then(([code]) => {
      throw new Error(`The server under test exited with ${code} before it was ready`);
    });
    exited.catch(() => {});
    await within(20_000, Promise.race([once(child, "message"), exited]), "the server under test");
    return new ServerUnderTest(child);
  }

  /** An endpoint served in one way, with these options. The same one every time. */
  target(host: HostName = "serveHttp", options: EndpointOptions = {}): Promise<Target> {
    const key = JSON.stringify([host, options]);
    let target = this.#targets.get(key);
    if (target === undefined) {
      target = this.ask({ kind: "open", host, options }).then((port) => new Target(port as number, this.watch));
      this.#targets.set(key, target);
    }
    return target;
  }

  async ask(command: Command): Promise<unknown> {
    const id = ++this.#asked;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.#child.send({ id, command });
    const { result, error } = await within(5000, answer, `an answer to ${command.kind}`);
    this.#answers.delete(id);
    if (error !== undefined) throw new Error(error);
    return result;
  }

  report(): Promise<Report> {
    return this.ask({ kind: "report" }) as Promise<Report>;
  }

  /** Memory of the process as the system sees it, in bytes: it asks nothing of a process that is busy. */
  get rss(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** The sockets that the process has open, those that listen among them. */
  get sockets(): number {
    const folder = `/proc/${this.#child.pid}/fd`;
    return readdirSync(folder).filter((name) => {
      try {
        return readlinkSync(join(folder, name)).startsWith("socket:");
      } catch {
        // It was closed meanwhile.
        return false;
      }
    }).length;
  }

  /** Whether the process runs. */
  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.runs) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}

/** Starts a server for the tests of one file, and asserts after each of them what must always hold. */
export function serverUnderTest(): { readonly server: ServerUnderTest } {
  let server: ServerUnderTest | undefined;
  const get = (): ServerUnderTest => {
    if (server === undefined) throw new Error("The server under test has not been started");
    return server;
  };
  beforeAll(async () => {
    server = await ServerUnderTest.start();
  });
  afterEach(async () => {
    await get().watch.verify(get());
  });
  afterAll(() => server?.stop());
  return {
    get server() {
      return get();
    },
  };
}
