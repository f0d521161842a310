/** A server of HTTP that a test plays: it keeps what comes, and answers as the test says. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo } from "node:net";

/** One request, and what answers it. */
export class Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Names and values as they came. */
  readonly rawHeaders: readonly string[];
  readonly text: string;
  readonly response: ServerResponse;
  /** Resolves when the client has gone before the response was complete. */
  readonly gone: Promise<void>;

  constructor(request: IncomingMessage, text: string, response: ServerResponse) {
    this.method = request.method ?? "";
    this.path = request.url ?? "";
    this.headers = request.headers;
    this.rawHeaders = request.rawHeaders;
    this.text = text;
    this.response = response;
    this.gone = new Promise((resolve) => {
      response.on("close", () => {
        if (!response.writableFinished) resolve();
      });
    });
  }

  /** The message in the body. */
  get message(): { id?: number; method?: string; params?: Record<string, any>; result?: any; error?: any } {
    return this.text === "" ? {} : JSON.parse(this.text);
  }

  /** Answers with a status, headers and a text. */
  reply(status: number, headers: Record<string, string> = {}, text = ""): void {
    this.response.writeHead(status, headers);
    this.response.end(text);
  }

  /** Answers with JSON. */
  json(value: unknown, headers: Record<string, string> = {}, status = 200): void {
    this.reply(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
  }

  /** Answers the request in the body with a result. */
  result(result: unknown, headers: Record<string, string> = {}): void {
    this.json({ jsonrpc: "2.0", id: this.message.id, result }, headers);
  }

  /** Answers the request in the body with an error. */
  error(code: number, data?: unknown, status = 200): void {
    this.json({ jsonrpc: "2.0", id: this.message.id, error: { code, message: "no", data } }, {}, status);
  }

  /** Begins a stream of events. */
  stream(headers: Record<string, string> = {}): void {
    this.response.writeHead(200, { "content-type": "text/event-stream", ...headers });
    this.response.flushHeaders();
  }

  /** Sends a message as an event. */
  event(message: object, id?: string): void {
    this.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
  }

  /** Sends text as it is. */
  write(text: string | Uint8Array): void {
    this.response.write(text);
  }

  /** Ends the response. */
  end(): void {
    this.response.end();
  }

  /** Breaks the connection, after what was sent. */
  break(): void {
    this.response.socket?.destroySoon();
  }
}

/** What answers a request. */
export type Script = (asked: Asked) => void;

/** A server that a test plays. */
export class Scripted {
  readonly asked: Asked[] = [];
  /** Resolved with each request that comes. */
  readonly #waiting = new Set<() => void>();
  readonly #server: Server;
  script: Script;

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
  }

  /** Starts one, on a port or on the path of a socket. */
  static async start(script: Script, { tls, path }: { tls?: TlsOptions; path?: string } = {}): Promise<Scripted> {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => scripted.take(new Asked(request, Buffer.concat(chunks).toString(), response)));
      request.on("error", () => {});
      response.on("error", () => {});
    };
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    server.on("tlsClientError", () => {});
    const scripted: Scripted = new Scripted(server as Server, script);
    if (path === undefined) server.listen(0, "127.0.0.1");
    else server.listen(path);
    await once(server, "listening");
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  take(asked: Asked): void {
    this.asked.push(asked);
    this.script(asked);
    for (const look of [...this.#waiting]) look();
  }

  /** The messages that were posted, by method. */
  get methods(): string[] {
    return this.asked.filter(({ method }) => method === "POST").map(({ message }) => message.method ?? "response");
  }

  /** Requests that carry this message. */
  of(method: string): Asked[] {
    return this.asked.filter((one) => one.method === "POST" && one.message.method === method);
  }

  /** The requests of an HTTP method. */
  by(method: string): Asked[] {
    return this.asked.filter((one) => one.method === method);
  }

  /** The first request that fits, come already or yet to come. */
  until(fits: (asked: Asked) => boolean): Promise<Asked> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.asked.find(fits);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const VERSION = "2026-07-28";

/** What a stateless server answers to `server/discover`. */
export const DISCOVERED = {
  resultType: "complete",
  supportedVersions: [VERSION],
  capabilities: { tools: {}, resources: {}, prompts: {} },
  ttlMs: 0,
  cacheScope: "private",
};

/** A stateless server: `server/discover` is answered, the rest is up to the test. */
export function stateless(script: Script): Script {
  return (asked) => {
    if (asked.message.method === "server/discover") asked.result(DISCOVERED);
    else script(asked);
  };
}

/** The answer to `initialize`. */
export function initialized(version: string, capabilities: object = {}): object {
  return { protocolVersion: version, capabilities, serverInfo: { name: "scripted", version: "0" } };
}

/** A server of an older revision that keeps a session `s1`, `s2`, ... and has no stream of its own unless `get` plays it. */
export function stateful(
  script: Script,
  options: { version?: string; capabilities?: object; get?: Script } = {},
): Script {
  const { version = "2025-11-25", capabilities = { tools: {} }, get } = options;
  let sessions = 0;
  return (asked) => {
    if (asked.method === "DELETE") return asked.reply(204);
    if (asked.method === "GET") return get === undefined ? asked.reply(405) : get(asked);
    const { method, id } = asked.message;
    if (method === "initialize") {
      return asked.result(initialized(version, capabilities), { "mcp-session-id": `s${++sessions}` });
    }
    if (method === "server/discover") return asked.error(-32000, undefined, 400);
    if (id === undefined || method === undefined) return asked.reply(202);
    script(asked);
  };
}
