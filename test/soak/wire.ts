/** A client written by hand, for the soak suite: requests, events and the handshake, and nothing that could repair. */
import { Agent, type IncomingMessage, request } from "node:http";

/** Where an endpoint is, and over which connections it is reached. */
export interface Place {
  readonly port: number;
  readonly path: string;
  readonly agent: Agent;
}

export type Headers = Readonly<Record<string, string>>;

export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Connections that stay open, for as many requests at once as there are. */
export const connections = (): Agent => new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Sends a request, and gives the reply when its head is there. */
export function send(place: Place, method: string, headers: Headers, message?: object): Promise<IncomingMessage> {
  const body = message === undefined ? undefined : JSON.stringify({ jsonrpc: "2.0", ...message });
  const content =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const { port, path, agent } = place;
    const all = { accept: "application/json, text/event-stream", ...content, ...headers };
    const sent = request({ host: "127.0.0.1", port, path, agent, method, headers: all });
    sent.on("response", resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

/** An event as it came; the priming one has no data. */
export interface Event {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly data: string;
}

/** Makes events of the text of a stream. What is not at its end when the stream breaks is none. */
export class EventReader {
  #rest = "";

  take(text: string): Event[] {
    const parts = (this.#rest + text).split("\n\n");
    this.#rest = parts.pop() ?? "";
    return parts.filter((part) => !part.startsWith(":")).map(eventOf);
  }
}

function eventOf(part: string): Event {
  const value = (field: string): string | undefined =>
    part
      .split("\n")
      .find((line) => line.startsWith(`${field}: `))
      ?.slice(field.length + 2);
  return { id: value("id"), name: value("event"), data: value("data") ?? "" };
}

/** Reads a whole body. */
export async function textOf(reply: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of reply.setEncoding("utf8")) text += chunk;
  return text;
}

/** The messages of a reply, as they come, whether it is JSON or a stream. */
export async function* messagesOf(reply: IncomingMessage): AsyncGenerator<Message> {
  if (!`${reply.headers["content-type"]}`.startsWith("text/event-stream")) {
    const text = await textOf(reply);
    if (reply.statusCode !== 200) throw new Error(`Status ${reply.statusCode}: ${text}`);
    yield JSON.parse(text) as Message;
    return;
  }
  const events = new EventReader();
  for await (const chunk of reply.setEncoding("utf8")) {
    for (const { data } of events.take(chunk as string)) if (data !== "") yield JSON.parse(data) as Message;
  }
}

const LEGACY = "2025-11-25";
const clientInfo = { name: "soak", version: "1.0.0" };

/** Opens a session; gives the headers of all that is sent in it. */
export async function openSession(place: Place, ready = true): Promise<Headers> {
  const params = { protocolVersion: LEGACY, capabilities: { elicitation: {} }, clientInfo };
  const reply = await send(place, "POST", {}, { id: 1, method: "initialize", params });
  await textOf(reply);
  const id = reply.headers["mcp-session-id"];
  if (typeof id !== "string") throw new Error(`No session: status ${reply.statusCode}`);
  const headers = { "mcp-protocol-version": LEGACY, "mcp-session-id": id };
  if (ready) await textOf(await send(place, "POST", headers, { method: "notifications/initialized" }));
  return headers;
}

/** Ends a session. */
export async function endSession(place: Place, headers: Headers): Promise<void> {
  const reply = await send(place, "DELETE", headers);
  await textOf(reply);
  if (reply.statusCode !== 204) throw new Error(`A session could not be ended: status ${reply.statusCode}`);
}

/** The headers of requests without a session. */
export const alone: Headers = { "mcp-protocol-version": LEGACY };

const MODERN = "2026-07-28";
const modernMeta = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": clientInfo,
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** A call of a tool in the stateless revision: its headers, and its message. */
export function modernCall(name: string, args: object): { readonly headers: Headers; readonly message: object } {
  const params = { name, arguments: args, _meta: { ...modernMeta, progressToken: 1 } };
  const headers = { "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": name };
  return { headers, message: { id: 1, method: "tools/call", params } };
}

/** A call of a tool in a session. All calls have the same id, as those of many clients do. */
export function call(name: string, args: object): object {
  return { id: 1, method: "tools/call", params: { name, arguments: args, _meta: { progressToken: 1 } } };
}
