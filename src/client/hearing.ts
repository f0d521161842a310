import { LocalError } from "../errors.ts";
import type { Call, Listener, Malformed, Notification, Request, Response, Transport } from "../jsonrpc/index.ts";
import { LATEST_LEGACY_REVISION } from "../protocol/index.ts";
import { answer, notify, Visits } from "./answer.ts";
import type { Cache } from "./cache.ts";
import { capabilitiesOf } from "./handlers.ts";
import type { Link } from "./link.ts";
import type { ClientOptions } from "./options.ts";
import type { Answerer } from "./question.ts";
import type { Conversation } from "./request.ts";

/** Hears what a server says and asks by itself: its questions, its notifications, and what is no message at all. */
export class Hearing implements Listener, Conversation {
  /** Who answers the server's questions. */
  readonly answerer: Answerer;
  /** The visits that the server wants of the user. */
  readonly visits: Visits = new Visits();
  readonly #transport: Transport;
  readonly #options: ClientOptions;
  readonly #cache: Cache | undefined;
  /** Requests of the server that are being answered. */
  #answering = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #link: Link | undefined;
  #handshaking = false;
  #failure: LocalError | undefined;

  constructor(transport: Transport, options: ClientOptions, cache: Cache | undefined) {
    this.#transport = transport;
    this.#options = options;
    this.#cache = cache;
    const { on = {}, capabilities } = options;
    this.answerer = { on, declared: capabilitiesOf(on, capabilities) };
    transport.attach(this);
  }

  /** The conversation is open. */
  opened(link: Link): void {
    this.#link = link;
  }

  /** The handshake of older revisions begins: from here on the server may ask. */
  handshaking(): void {
    this.#handshaking = true;
  }

  /** Why the conversation cannot go on, where this side found out. */
  get failure(): LocalError | undefined {
    return this.#failure;
  }

  ask(request: Request, call: Call): Promise<Response> | undefined {
    if (request.method === "initialize" || request.method === "server/discover") return this.#echo();
    // Only what the handshake opened may ask; before it nothing is known to.
    if (!this.#handshaking) return undefined;
    if (request.method === "elicitation/create") this.visits.learn(request.params);
    this.#answering++;
    const answered = answer(this.answerer, this.#link?.version, request, call, this.warn);
    return answered.finally(() => {
      this.#answering--;
      this.#answeredAt = performance.now();
    });
  }

  /** Taken by itself, too: what belongs to a request and is no progress ends here. */
  readonly emit = (notification: Notification): void => {
    this.#cache?.changed(notification);
    try {
      const { method, params } = notification;
      if (method === "notifications/elicitation/complete" && !this.visits.over(params)) return;
      notify(this.answerer.on, this.#link?.version ?? LATEST_LEGACY_REVISION, notification, this.warn);
      for (const extension of this.#options.extensions ?? []) extension.hear(notification, this.warn);
    } finally {
      this.#link?.emit(notification);
    }
  };

  missed(error?: Error): void {
    this.#cache?.missed();
    this.#link?.missed(error);
  }

  malformed(malformed: Malformed): undefined {
    this.warn(malformed.error);
  }

  /** Says what was survived. */
  readonly warn = (problem: unknown): void => {
    try {
      this.#options.logger?.warn("mcplex:", problem);
    } catch {
      // A logger that throws must not break what it hears of.
    }
  };

  /** Servers do not open conversations: a program that does writes back what it reads. */
  #echo(): undefined {
    const message = "This is no MCP server: it sends back what it is sent";
    this.#failure = new LocalError("invalid_response", message);
    void this.#transport.close();
  }

  /** When it was last the server that waited, for an answer of this side. */
  waited(): number {
    return this.#answering > 0 ? performance.now() : Math.max(this.#answeredAt, this.#transport.waited?.() ?? 0);
  }
}
