import { Malformed, HttpRefusal, type Message, type Request } from "../../jsonrpc/index.ts";
import { parse } from "../../jsonrpc/wire/index.ts";
import { unsupportedVersion } from "../../protocol/index.ts";
import type { Eras } from "../index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HttpExchange, MessageTaker } from "./exchange.ts";
import { type HttpRequest, isRequest, refusalOf } from "./facts.ts";
import { isModernHeader } from "./guard.ts";
import { answerModern } from "./modern.ts";
import { scopesOf } from "./scopes.ts";

/** What takes the messages that are posted to an endpoint. It is loaded when the first of them comes. */
export class Posting implements MessageTaker {
  readonly endpoint: Endpoint;
  readonly eras: Eras;

  constructor(endpoint: Endpoint, eras: Eras) {
    this.endpoint = endpoint;
    this.eras = eras;
  }

  /** Gives a message to those who answer it. Whoever takes it says when it is done, or throws. */
  take(exchange: HttpExchange, text: string, bytes: Uint8Array | undefined): void {
    const { endpoint } = this;
    const message = parse(text, bytes);
    try {
      // One revision has batches; everything else that is no message is none in all of them.
      if (message instanceof Malformed && message.batch === undefined) throw refusalOf(message);
      if (endpoint.options.authorize !== undefined) endpoint.authorize(exchange, scopesOf(endpoint.server, message));
      const isModern = isModernHeader(exchange.http);
      if (this.#isStateless(exchange.http, message, isModern)) return answerModern(this, exchange, message);
      if (isModern || endpoint.isStateless) return this.#hearModern(exchange, message);
      const { legacy } = endpoint;
      const posted =
        legacy instanceof Promise
          ? legacy.then((loaded) => loaded.post(exchange, message))
          : legacy.post(exchange, message);
      posted?.catch((problem: unknown) => exchange.refuse(problem, idOf(message)));
    } catch (problem) {
      exchange.refuse(problem, idOf(message));
    }
  }

  /** Clients of stateless revisions send notifications that nothing comes of, and never responses. */
  #hearModern(exchange: HttpExchange, message: Message | Malformed): void {
    const { server } = this.endpoint;
    if (message instanceof Malformed) throw refusalOf(message);
    if (!("method" in message)) throw new HttpRefusal(400, "No response is awaited here");
    // The one request that belongs to no stateless revision is the handshake of the older ones.
    if ("id" in message) {
      const asked = message.params?.["protocolVersion"];
      const requested = typeof asked === "string" ? asked.slice(0, 100) : undefined;
      throw new HttpRefusal(400, unsupportedVersion(server.revisions, requested));
    }
    server.hear(message, undefined);
    exchange.sink.reply(202, exchange.headers);
    exchange.done();
  }

  /** Whether a message belongs to no conversation: it says so itself, or a header does. */
  #isStateless(http: HttpRequest, message: Message | Malformed, isModern: boolean): message is Request {
    if (!isRequest(message)) return false;
    return isModern || this.eras.isStateless(message, isOpen(this.endpoint, http));
  }
}

/** A refusal has the id of the request that it is for. */
function idOf(message: Message | Malformed): Request["id"] | undefined {
  return isRequest(message) ? message.id : undefined;
}

/** Whether a request says by its address or its headers that it belongs to a conversation. */
function isOpen({ options }: Endpoint, http: HttpRequest): boolean {
  if (http.header("mcp-session-id") !== undefined || http.header("mcp-protocol-version") !== undefined) return true;
  return options.sse === true && http.target.includes("sessionId=");
}
