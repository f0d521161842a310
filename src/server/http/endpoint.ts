import { DefinitionError } from "../../errors.ts";
import { Ending, type Malformed, type Message, type Principal, HttpRefusal } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { isModern } from "../../protocol/index.ts";
import type { Eras, Server } from "../index.ts";
import type { HttpExchange, MessageTaker, Surroundings } from "./exchange.ts";
import { full } from "./facts.ts";
import { Guard } from "./guard.ts";
import { KeepAlive } from "./keep-alive.ts";
import { OpenRequests } from "./open-requests.ts";
import type { HttpOptions } from "./options.ts";

/** How many subscriptions are open, and whose. */
class Listens {
  readonly #open = new Map<string, number>();
  #all = 0;

  /** Counts one more. @throws HttpRefusal when there are too many. */
  enter(principal: Principal | undefined): void {
    const owner = principal?.id ?? "";
    const own = this.#open.get(owner) ?? 0;
    if (principal !== undefined && own >= limits.listens) throw full(429, "Too many subscriptions", "listens");
    if (this.#all >= limits.endpointListens) throw full(503, "Too many subscriptions", "endpointListens");
    this.#all++;
    this.#open.set(owner, own + 1);
  }

  /** Counts one off. */
  leave(principal: Principal | undefined): void {
    const owner = principal?.id ?? "";
    this.#all--;
    const left = (this.#open.get(owner) ?? 1) - 1;
    if (left === 0) this.#open.delete(owner);
    else this.#open.set(owner, left);
  }
}

/** What takes messages, with the eras that answer them. */
interface Answering extends MessageTaker {
  readonly eras: Eras;
}

/** What an endpoint has for clients of older revisions: their sessions and streams. */
export interface OlderRevisions {
  /** Answers a POST. Throws or rejects where it refuses it, and else says when the exchange is done. */
  post(exchange: HttpExchange, message: Message | Malformed): void | Promise<void>;
  /** Opens a stream that belongs to no request, or brings one back that was lost. */
  get(exchange: HttpExchange): Promise<void>;
  /** Ends a session. */
  delete(exchange: HttpExchange): Promise<void>;
  /** Ends the streams that would stay open by themselves, and lets what runs on them be answered. */
  wind(): Promise<void>;
  /** Ends everything. */
  close(): void;
}

/**
 * One HTTP endpoint of a server: who may reach it, and the sessions and streams that clients of older revisions have
 * there. Hosts hand their requests to it with {@link serveHttpRequest}.
 */
export class Endpoint implements Surroundings {
  /** @internal */
  readonly server: Server;
  /** @internal */
  readonly options: HttpOptions;
  /** @internal */
  readonly guard: Guard;
  /** @internal */
  readonly keepAlive: KeepAlive = new KeepAlive();
  /** @internal */
  readonly listens: Listens = new Listens();
  /** @internal */
  readonly open: OpenRequests = new OpenRequests();
  /** @internal */
  readonly ending: Ending = new Ending();
  /** @internal Whether there are no conversations: then there is nothing but POST. */
  readonly isStateless: boolean;
  /** @internal */
  readonly report: (problem: unknown) => void;
  #posting: Answering | Promise<Answering> | undefined;
  #legacy: OlderRevisions | Promise<OlderRevisions> | undefined;

  /** @throws DefinitionError for options that make no sense. */
  constructor(server: Server, options: HttpOptions = {}) {
    checkOptions(options);
    this.options = options;
    this.server = server;
    this.isStateless = server.revisions.every(isModern) && options.sse !== true;
    this.guard = new Guard(options);
    this.report = (problem) => server.report(problem);
  }

  /** @internal What takes messages, loaded when the first of them comes. */
  get posting(): Answering | Promise<Answering> {
    this.#posting ??= Promise.all([import("./posting.ts"), import("../serving/index.ts")]).then(
      ([loaded, { Eras }]) => {
        const posting: Answering = new loaded.Posting(this, new Eras(this.server));
        this.#posting = posting;
        return posting;
      },
    );
    return this.#posting;
  }

  /** @internal The part for clients of older revisions, loaded when the first of them comes. */
  get legacy(): OlderRevisions | Promise<OlderRevisions> {
    this.#legacy ??= this.#loadLegacy();
    return this.#legacy;
  }

  async #loadLegacy(): Promise<OlderRevisions> {
    const [{ LegacyEndpoint }, { eras }] = await Promise.all([import("./legacy.ts"), this.posting]);
    const loaded = new LegacyEndpoint(this, await eras.conversations());
    this.#legacy = loaded;
    return loaded;
  }

  /** @internal Whether one more request can be answered. */
  get isFull(): boolean {
    return this.open.size >= (this.options.requests ?? limits.requests);
  }

  /** @internal */
  get replicas(): boolean {
    return this.options.replicas === true;
  }

  /** @internal @throws HttpRefusal where who asks may not do what needs these scopes. */
  authorize({ principal, http }: HttpExchange, scopes: readonly string[]): void {
    const refusal = this.options.authorize?.(principal, scopes, http);
    if (refusal !== undefined) throw refusal;
  }

  /** @internal The refusal of a method that does nothing here. */
  notAllowed(allow: string = this.methods): HttpRefusal {
    return new HttpRefusal(405, "Use POST here", { allow });
  }

  /** @internal The methods that do something here. */
  get methods(): string {
    if (this.isStateless) return "POST";
    if (this.options.sessions !== false) return "POST, GET, DELETE";
    return this.options.sse === true ? "POST, GET" : "POST";
  }

  /**
   * Winds down: takes no more requests, ends open subscriptions with their results, and lets what runs be answered for
   * as long as `graceTimeout` lasts, in milliseconds; then all that is still open is cut off.
   */
  async close({ graceTimeout = limits.graceTimeout }: { readonly graceTimeout?: number } = {}): Promise<void> {
    this.ending.end();
    const legacy = await this.#legacy;
    await Promise.all([legacy?.wind(), this.open.drain(graceTimeout)]);
    legacy?.close();
    this.open.abort();
  }
}

const OPTIONS = "hosts origins authenticate authorize documents sessions replay sse replicas bodyBytes requests";

function checkOptions(options: HttpOptions): void {
  const known = OPTIONS.split(" ");
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new DefinitionError(`An HTTP endpoint has no option "${name}". Known: ${known.join(", ")}`);
    }
  }
  for (const name of ["bodyBytes", "requests"] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0))
      throw new DefinitionError(`${name} must be a positive number, not ${value}`);
  }
}
