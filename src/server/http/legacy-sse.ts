import { LocalError } from "../../errors.ts";
import {
  type Binding,
  type Channel,
  type CloseReason,
  encode,
  HttpRefusal,
  type Malformed,
  type Message,
  type Request,
  type Serialized,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { serve, type Server, type Serving } from "../index.ts";
import { type EventWriter, eventOf } from "./event-writer.ts";
import type { HttpExchange } from "./exchange.ts";
import { full } from "./facts.ts";
import { checkAcceptsEvents } from "./guard.ts";
import type { KeepAlive } from "./keep-alive.ts";
import { randomText } from "./random.ts";
import { openEvents } from "./reply.ts";

/** A connection: events to the client on one stream, and a POST for each message of the client. */
class SseChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #writer: EventWriter;
  #finish!: (reason: CloseReason) => void;
  #listener: ((message: Message | Malformed) => void) | undefined;
  /** What came before there was a listener. */
  #early: (Message | Malformed)[] = [];
  /** How each message came, which the next one may do otherwise: with another token. */
  readonly #bindings = new WeakMap<object, Binding>();
  #last: Binding;

  constructor(writer: EventWriter, binding: Binding) {
    this.#writer = writer;
    this.#last = binding;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  send(message: Message | Serialized): void | Promise<void> {
    return this.#writer.write(eventOf(encode(message)));
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  async close(): Promise<void> {
    this.#writer.end();
    this.#finish({ kind: "closed" });
  }

  /** The client went away. */
  left(): void {
    this.#finish({ kind: "error", error: new LocalError("closed", "The client closed its stream") });
  }

  /** A message of the client arrived. */
  take(message: Message | Malformed, binding: Binding): void {
    this.#last = binding;
    this.#bindings.set(message, binding);
    if (this.#listener === undefined) this.#early.push(message);
    else this.#listener(message);
  }

  /** How a request came. One of a batch comes as the batch does, of which it is made at once. */
  bindingOf(request: Request): Binding {
    return this.#bindings.get(request) ?? this.#last;
  }
}

interface SseConnection {
  readonly channel: SseChannel;
  readonly owner: string | undefined;
  readonly serving: Serving;
}

/**
 * The transport of revision 2024-11-05: each client opens a stream, and posts its messages to the address that the
 * stream tells first.
 *
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export class SseConnections {
  readonly #server: Server;
  readonly #keepAlive: KeepAlive;
  readonly #connections = new Map<string, SseConnection>();

  constructor(server: Server, keepAlive: KeepAlive) {
    this.#server = server;
    this.#keepAlive = keepAlive;
  }

  /** Opens a stream, and says on it where to post. */
  open(exchange: HttpExchange): void {
    const { http, principal, sink } = exchange;
    checkAcceptsEvents(http);
    if (this.#connections.size >= limits.sessions) throw full(503, "There are too many streams", "sessions");
    this.#server.warnOnce("HTTP+SSE is deprecated since revision 2025-03-26: clients should use Streamable HTTP");
    const id = randomText(22);
    const writer = openEvents(exchange);
    const channel = new SseChannel(writer, { http, principal });
    this.#keepAlive.add(writer);
    const [path = "/"] = http.target.split("?");
    void writer.write(`event: endpoint\ndata: ${path}?sessionId=${id}\n\n`);
    const serving = serve(this.#server, channel, { bindingOf: (request) => channel.bindingOf(request) });
    this.#connections.set(id, { channel, owner: principal?.id, serving });
    sink.onClose(() => channel.left());
    void serving.closed.then(() => {
      this.#connections.delete(id);
      this.#keepAlive.delete(writer);
    });
  }

  /** Takes a message for one of the streams. False when the request names none. */
  post(exchange: HttpExchange, message: Message | Malformed): boolean {
    const { http, principal, headers, sink } = exchange;
    const id = /[?&]sessionId=([A-Za-z0-9_-]{1,64})(?:&|$)/.exec(http.target)?.[1];
    if (id === undefined) return false;
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.owner !== principal?.id) {
      throw new HttpRefusal(404, "There is no such stream: open a new one with GET");
    }
    sink.reply(202, headers);
    connection.channel.take(message, { http, principal });
    exchange.done();
    return true;
  }

  /** Ends all streams, when what runs has been answered. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(({ serving }) => serving.close()));
  }
}
