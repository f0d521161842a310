import type { HttpOptions } from "../../src/server/http/index.ts";
import type { Server } from "../../src/server/index.ts";
import { Events } from "./events.ts";
import { Reached, type Received, type Sent } from "./reached.ts";

/** How a client opens a conversation. */
export interface Opening {
  readonly version?: string;
  readonly capabilities?: object;
  readonly options?: HttpOptions;
  /** Headers of every request, such as those that say who asks. */
  readonly headers?: Sent;
}

/** A session of an older revision, as its client has it. */
export class Conversation {
  readonly reached: Reached;
  readonly headers: Sent;
  #last = 100;

  constructor(reached: Reached, headers: Sent) {
    this.reached = reached;
    this.headers = headers;
  }

  /** Does the whole handshake at a new endpoint. */
  static async with(server: Server, opening: Opening = {}): Promise<Conversation> {
    return Conversation.at(new Reached(server, opening.options), opening);
  }

  /** Does the whole handshake. */
  static async at(reached: Reached, opening: Opening = {}): Promise<Conversation> {
    const { version = "2025-11-25", headers = {} } = opening;
    const response = await reached.post(initialize(version, opening.capabilities), headers);
    const session = response.headers.get("mcp-session-id");
    if (session === null) throw new Error(`No session: ${response.status} ${await response.text()}`);
    const said = version < "2025-06-18" ? {} : { "mcp-protocol-version": version };
    const conversation = new Conversation(reached, { ...headers, "mcp-session-id": session, ...said });
    await conversation.notify("notifications/initialized");
    return conversation;
  }

  /** The same session, as it is reached elsewhere. */
  elsewhere(reached: Reached): Conversation {
    return new Conversation(reached, this.headers);
  }

  post(body: unknown, headers: Sent = {}, signal?: AbortSignal): Promise<Response> {
    return this.reached.post(body, { ...this.headers, ...headers }, signal);
  }

  /** Posts a request. */
  request(method: string, params: object = {}, id: string | number = ++this.#last): Promise<Response> {
    return this.post({ jsonrpc: "2.0", id, method, params });
  }

  /** Posts a call of a tool. */
  call(name: string, id?: string | number, meta?: object): Promise<Response> {
    const params = { name, arguments: {}, ...(meta === undefined ? {} : { _meta: meta }) };
    return id === undefined ? this.request("tools/call", params) : this.request("tools/call", params, id);
  }

  notify(method: string, params: object = {}): Promise<Response> {
    return this.post({ jsonrpc: "2.0", method, params });
  }

  /** Answers a request of the server. */
  answer({ id }: Received, result: object): Promise<Response> {
    return this.post({ jsonrpc: "2.0", id, result });
  }

  get(headers: Sent = {}): Promise<Response> {
    return this.reached.send("GET", { accept: "text/event-stream", ...this.headers, ...headers });
  }

  /** Opens the stream that belongs to no request, or one after an event of it. */
  async stream(lastEventId?: string): Promise<Events> {
    return new Events(await this.get(lastEventId === undefined ? {} : { "last-event-id": lastEventId }));
  }

  delete(headers: Sent = {}): Promise<Response> {
    return this.reached.send("DELETE", { ...this.headers, ...headers });
  }
}

/** The request that opens a conversation. */
export function initialize(protocolVersion = "2025-11-25", capabilities: object = {}): object {
  const params = { protocolVersion, capabilities, clientInfo: { name: "raw", version: "0" } };
  return { jsonrpc: "2.0", id: 0, method: "initialize", params };
}
