/** A server on a wire that the test holds the other end of. */
import { PassThrough } from "node:stream";
import { type Server, type Serving } from "../../src/server/index.ts";
import { serveStdio } from "../../src/server/stdio/index.ts";

export interface WireMessage {
  readonly jsonrpc: string;
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** A request of 2026-07-28. */
export function modern(id: string | number, method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: { _meta: META, ...params } });
}

/** A call of a tool in 2026-07-28. */
export function call(id: string | number, name: string, args: object = {}): string {
  return modern(id, "tools/call", { name, arguments: args });
}

/** The handshake of 2025-11-25. */
export function initialize(id: string | number): string {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "initialize", params });
}

/** Cuts a stream into the messages that came; waits for those that are to come. */
export class Messages {
  readonly #lines: AsyncIterator<string>;

  constructor(stream: NodeJS.ReadableStream) {
    this.#lines = lines(stream);
  }

  /** The next message; undefined after the end. */
  async next(): Promise<WireMessage | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as WireMessage);
  }

  /** The next messages, in order. */
  async take(count: number): Promise<WireMessage[]> {
    const taken: WireMessage[] = [];
    while (taken.length < count) {
      const message = await this.next();
      if (message === undefined) throw new Error(`The stream ended after ${taken.length} of ${count} messages`);
      taken.push(message);
    }
    return taken;
  }
}

/** The lines of a stream, as they come. */
export async function* lines(stream: NodeJS.ReadableStream): AsyncGenerator<string, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
  return undefined;
}

/** The text of a tool's result. */
export function textOf(message: WireMessage | undefined): string | undefined {
  const [block] = (message?.result?.["content"] ?? []) as { readonly text?: string }[];
  return block?.text;
}

/** Serves a server on two streams in memory. */
export function wire(server: Server): {
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
  readonly messages: Messages;
  readonly serving: Serving;
  /** Writes lines, each with its line feed. */
  readonly write: (...lines: readonly string[]) => void;
} {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const serving = serveStdio(server, { stdin, stdout, exit: false, graceTimeout: 50 });
  const write = (...lines: readonly string[]): void => void stdin.write(lines.map((line) => `${line}\n`).join(""));
  return { stdin, stdout, messages: new Messages(stdout), serving, write };
}
