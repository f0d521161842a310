import {
  type Channel,
  type CloseReason,
  encode,
  Malformed,
  type Message,
  Serialized,
} from "../../src/jsonrpc/index.ts";
import { parse, toMessage } from "../../src/jsonrpc/wire/index.ts";
import { isObject } from "../../src/json.ts";
import { isModern, isRevision, isSince, type Revision } from "../../src/protocol/index.ts";
import { methodsOf } from "../../src/protocol/methods/index.ts";
import { encodeHeaderValue } from "../../src/protocol/headers.ts";
import { extensionMethods } from "./extension-methods.ts";

/** Sends an HTTP request to an endpoint under test. */
export interface Carrier {
  /** Sends a request, until the signal aborts. The one of the request itself dies with the request. */
  send(request: Request, signal: AbortSignal): Promise<Response>;
  /** Settles when the endpoint has the body of the request with this number, or has replied without it. */
  received(number: number, replied: Promise<unknown>): Promise<unknown>;
  close(): Promise<unknown>;
}

/** How a client of an older revision is joined: by a session, by nothing, or by the streams of 2024-11-05. */
export type Joined = "session" | "stateless" | "sse";

const ACCEPT = "application/json, text/event-stream";
const URL_OF_ALL = "http://localhost/mcp";

/**
 * A client's end of a connection over HTTP, written by hand: what is sent goes out as POSTs, one after another, and what
 * comes on any reply or stream is received.
 */
export class HttpChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #carrier: Carrier;
  readonly #joined: Joined;
  readonly #open = new Map<unknown, AbortController>();
  readonly #end = new AbortController();
  #listener: (message: Message | Malformed) => void = () => {};
  #finish!: (reason: CloseReason) => void;
  #queue: Promise<unknown> = Promise.resolve();
  #session: string | undefined;
  #version: Revision | undefined;
  #modern: string | undefined;
  #endpoint: string | undefined;
  #last = 0;

  /** `modern` is the stateless revision that is spoken before anything says so. */
  constructor(carrier: Carrier, joined: Joined, modern: string | undefined) {
    this.#carrier = carrier;
    this.#modern = modern;
    this.#joined = joined;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  send(message: Message | Serialized): void {
    const encoded = encode(message);
    const text = typeof encoded === "string" ? encoded : new Serialized("").text;
    this.#queue = this.#queue.then(() => this.#post(text)).catch(() => {});
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    if (this.#end.signal.aborted) return;
    if (this.#session !== undefined) {
      const headers = { "mcp-session-id": this.#session };
      await this.#carrier
        .send(new Request(URL_OF_ALL, { method: "DELETE", headers }), this.#end.signal)
        .catch(() => {});
    }
    this.#end.abort();
    for (const controller of this.#open.values()) controller.abort();
    await this.#carrier.close();
    this.#finish({ kind: "closed" });
  }

  async #post(text: string): Promise<void> {
    if (this.#end.signal.aborted) return;
    const message = read(text);
    const { method, id, params } = message;
    const modern = this.#modernHeaders(message);
    if (modern === undefined && this.#joined === "sse" && this.#endpoint === undefined) await this.#openStream();
    if (method === "notifications/cancelled" && this.#version === undefined) {
      return this.#open.get(params?.["requestId"])?.abort();
    }
    const number = ++this.#last;
    const controller = new AbortController();
    this.#open.set(id ?? controller, controller);
    const url = modern === undefined ? (this.#endpoint ?? URL_OF_ALL) : URL_OF_ALL;
    const request = new Request(url, {
      method: "POST",
      headers: {
        accept: ACCEPT,
        "content-type": "application/json",
        "x-number": `${number}`,
        ...(modern ?? this.#legacyHeaders(method)),
      },
      body: text,
      signal: controller.signal,
    });
    const replied = this.#carrier
      .send(request, controller.signal)
      .then((response) => this.#opened(method, response, id ?? controller));
    replied.catch(() => {});
    const wanted = method !== undefined && id !== undefined && method !== "initialize";
    await (wanted ? this.#carrier.received(number, replied) : replied);
  }

  /** A notification of a stateless revision says nothing of it; the requests before it did. */
  #modernHeaders(message: Read): Record<string, string> | undefined {
    const headers = modernHeaders(message);
    if (headers !== undefined) this.#modern = headers["mcp-protocol-version"];
    if (headers !== undefined || this.#modern === undefined || this.#version !== undefined) return headers;
    const { method, id } = message;
    if (method === undefined || id !== undefined) return undefined;
    return { "mcp-protocol-version": this.#modern, "mcp-method": method };
  }

  #legacyHeaders(method: string | undefined): Record<string, string> {
    if (method === "initialize") return {};
    const version = this.#version !== undefined && isSince(this.#version, "2025-06-18") ? this.#version : undefined;
    return {
      ...(this.#session === undefined ? {} : { "mcp-session-id": this.#session }),
      ...(version === undefined ? {} : { "mcp-protocol-version": version }),
    };
  }

  /** The headers of a reply are there. Its body is read while other messages go on. */
  async #opened(method: string | undefined, response: Response, key: unknown): Promise<void> {
    this.#session ??= response.headers.get("mcp-session-id") ?? undefined;
    const body = this.#read(response).finally(() => this.#open.delete(key));
    if (method !== "initialize" && method !== "notifications/initialized") return void body.catch(() => {});
    await body;
    if (method === "notifications/initialized" && this.#session !== undefined) await this.#openStream();
  }

  async #openStream(): Promise<void> {
    const headers = { accept: "text/event-stream", ...this.#legacyHeaders(undefined) };
    const { signal } = this.#end;
    const response = await this.#carrier.send(new Request(URL_OF_ALL, { headers, signal }), signal);
    let first: () => void = () => {};
    const endpoint = new Promise<void>((resolve) => {
      first = resolve;
    });
    void this.#read(response, first).catch(() => {});
    if (this.#joined === "sse") await endpoint;
  }

  async #read(response: Response, endpoint?: () => void): Promise<void> {
    const type = response.headers.get("content-type") ?? "";
    if (!type.startsWith("text/event-stream")) {
      const text = await response.text();
      if (text !== "" && type.startsWith("application/json")) this.#deliver(text);
      return;
    }
    let waiting = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      waiting += chunk;
      for (let end = waiting.indexOf("\n\n"); end >= 0; end = waiting.indexOf("\n\n")) {
        const { event, data } = fields(waiting.slice(0, end));
        waiting = waiting.slice(end + 2);
        if (event === "endpoint") {
          this.#endpoint = new URL(data, URL_OF_ALL).href;
          endpoint?.();
        } else if (data !== "") this.#deliver(data);
      }
    }
  }

  #deliver(text: string): void {
    const value: unknown = JSON.parse(text);
    for (const one of Array.isArray(value) ? value : [value]) {
      const message = Array.isArray(value) ? toMessage(one) : parse(text);
      if (!(message instanceof Malformed) && !("method" in message)) this.#learn(message.result);
      this.#listener(message);
    }
  }

  /** Reads the revision off the answer to the handshake. */
  #learn(result: unknown): void {
    if (!isObject(result) || !("serverInfo" in result) || !isRevision(result["protocolVersion"])) return;
    this.#version = result["protocolVersion"];
  }
}

interface Read {
  readonly method?: string;
  readonly id?: unknown;
  readonly params?: Record<string, unknown>;
}

function read(text: string): Read {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as Read) : {};
  } catch {
    return {};
  }
}

/** The headers of a stateless revision; `undefined` for a message of another one. */
function modernHeaders({ method, params }: Read): Record<string, string> | undefined {
  const meta = isObject(params) ? params["_meta"] : undefined;
  const version = isObject(meta) ? meta["io.modelcontextprotocol/protocolVersion"] : undefined;
  if (version === undefined) return undefined;
  const row = isRevision(version) && isModern(version) ? methodsOf(version).client.get(`${method}`) : undefined;
  const member = row?.mcpName ?? extensionMethods.get(`${method}`);
  const name = member === undefined ? undefined : params?.[member];
  return {
    ...(typeof version === "string" ? { "mcp-protocol-version": version } : {}),
    "mcp-method": `${method}`,
    ...(typeof name === "string" ? { "mcp-name": encodeHeaderValue(name) } : {}),
  };
}

function fields(event: string): { readonly event: string; readonly data: string } {
  const value = (name: string): string =>
    event
      .split("\n")
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join("\n");
  return { event: value("event"), data: value("data") };
}
