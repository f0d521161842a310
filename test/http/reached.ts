import { afterEach } from "vitest";
import { type FetchHandler, fetchHandler, type HttpOptions } from "../../src/server/http/index.ts";
import { Server, type ServerOptions } from "../../src/server/index.ts";

/** What servers of the running test told their authors. */
export const reports: unknown[] = [];

const open: FetchHandler[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((handler) => handler.close({ graceTimeout: 0 })));
  reports.length = 0;
});

/** A server that tells nobody but the test of its errors. */
export function testServer(options: ServerOptions = {}): Server {
  const logger = { warn: () => {}, error: () => {} };
  return new Server(
    { name: "test-server", version: "1.2.3" },
    { onError: (error) => reports.push(error), logger, ...options },
  );
}

/** Headers of a request; `null` leaves out one that it would have by default. */
export type Sent = Readonly<Record<string, string | null | undefined>>;

/** Headers as a request takes them. */
export function entriesOf(headers: Sent): [string, string][] {
  return Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

/** What else a request has. */
export interface Sending {
  readonly headers?: Sent;
  readonly id?: string | number;
  readonly capabilities?: object;
  /** More members of `_meta`. */
  readonly meta?: object;
  readonly signal?: AbortSignal;
}

export const URL_OF_ALL = "http://localhost/mcp";
export const MODERN = "2026-07-28";
export const META = "io.modelcontextprotocol/";

/** The name of what a request is about stands under this member of its parameters. */
const NAMES: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** An endpoint of a server, reached without a network. */
export class Reached {
  readonly handler: FetchHandler;
  readonly url: string;

  constructor(server: Server, options: HttpOptions = {}, url = URL_OF_ALL) {
    this.handler = fetchHandler(server, options);
    this.url = url;
    open.push(this.handler);
  }

  /** Sends a request as it is; a body that is no text is sent as JSON. */
  send(method: string, headers: Sent, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
    const init: RequestInit & { duplex?: "half" } = { method, headers: entriesOf(headers), duplex: "half" };
    if (body !== undefined) init.body = raw ? (body as BodyInit) : JSON.stringify(body);
    if (signal !== undefined) init.signal = signal;
    return this.handler(new Request(this.url, init));
  }

  /** Posts a body. */
  post(body: unknown, headers: Sent = {}, signal?: AbortSignal): Promise<Response> {
    return this.send("POST", { ...POSTED, ...headers }, body, signal);
  }

  /** Sends a request of the stateless revision, complete with its headers. */
  ask(method: string, params: Readonly<Record<string, unknown>> = {}, sending: Sending = {}): Promise<Response> {
    const { headers = {}, signal } = sending;
    const name = params[NAMES[method] ?? ""];
    const named = typeof name === "string" ? { "mcp-name": name } : {};
    const said = { "mcp-protocol-version": MODERN, "mcp-method": method, ...named, ...headers };
    return this.post(modern(method, params, sending), said, signal);
  }
}

/** The headers of every POST. */
export const POSTED = { accept: "application/json, text/event-stream", "content-type": "application/json" };

/** A request of the stateless revision. */
export function modern(method: string, params: object = {}, sending: Sending = {}): object {
  const { id = 1, capabilities = {}, meta } = sending;
  const _meta = { [`${META}protocolVersion`]: MODERN, [`${META}clientCapabilities`]: capabilities, ...meta };
  return { jsonrpc: "2.0", id, method, params: { ...params, _meta } };
}

/** A JSON-RPC message as it was received. */
export interface Received {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> };
}

/** The message in a reply that is JSON. */
export async function json(response: Response | Promise<Response>): Promise<Received> {
  return (await (await response).json()) as Received;
}

/** Status and error code of a reply, which a refusal is told by. */
export async function refusal(response: Response | Promise<Response>): Promise<[status: number, code: unknown]> {
  const reply = await response;
  return [reply.status, (await json(reply)).error?.code];
}

/** Settles in the next round of the event loop: what can happen without waiting has happened then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise, and what settles it. */
export function gate<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
