import { LocalError } from "../errors.ts";
import {
  type Answered,
  type Notification,
  type Params,
  type Response,
  type Transport,
  closedError,
  Deadlines,
} from "../jsonrpc/index.ts";
import { type Revision, type ServerCapabilities, MCP_NAME, type Method } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import type { Cache } from "./cache.ts";
import { type ClientLink, extensionMethod, resultClaim, throughMiddleware } from "./client-extension.ts";
import { deprecations } from "./deprecations.ts";
import { errorOf } from "./error-of.ts";
import { Hearing } from "./hearing.ts";
import { checked, type Link, offers } from "./link.ts";
import type { ClientOptions } from "./options.ts";
import { asksBack, isRetried, resumed } from "./retry.ts";
import { Asking, type ManualOptions, metaOf, type RequestOptions } from "./request.ts";

/** Options of a request; one that stays open takes notifications. */
export type ConnectionOptions = (RequestOptions | ManualOptions) & {
  readonly onNotification?: (notification: Notification) => void;
};

/** One conversation with a server, from the first message to the last. */
export class Connection implements ClientLink {
  readonly transport: Transport;
  readonly options: ClientOptions;
  readonly closed: Promise<unknown>;
  /** What is kept of answers; none, where nothing is to be kept. */
  readonly cache: Cache | undefined;
  readonly #exchange: Transport["exchange"];
  readonly #deadlines = new Deadlines();
  /** What the server says and asks by itself. */
  readonly #hearing: Hearing;
  /** The calls whose questions are being answered. */
  readonly #asked = new Set<Asking>();
  #link: Link | undefined;
  /** What a client may ask in this revision. */
  methods: ReadonlyMap<string, Method> = NO_METHODS;

  constructor(transport: Transport, options: ClientOptions, cache: Cache | undefined) {
    this.transport = transport;
    this.options = options;
    this.cache = cache;
    this.#exchange = throughMiddleware(transport, options.middleware, options.extensions);
    this.#hearing = new Hearing(transport, options, cache);
    this.closed = transport.closed.then((reason) => {
      for (const { call } of this.#asked) call.abort(closedError(reason));
    });
  }

  /** The conversation's revision and what it means; known once it is open. */
  get link(): Link {
    return this.#link as Link;
  }

  get version(): Revision {
    return this.link.version;
  }

  get capabilities(): ServerCapabilities {
    return this.link.server.capabilities;
  }

  async notify(notification: Notification): Promise<void> {
    await this.transport.send(notification);
  }

  async answer(method: string, params: Params, signal: AbortSignal): Promise<unknown> {
    const { answerTo } = await import("./question.ts");
    return answerTo(this.#hearing.answerer, this.version, method, params, signal);
  }

  /** The conversation is open. */
  opened(link: Link): void {
    this.#link = link;
    this.methods = methodsOf(link.version).client;
    this.#hearing.opened(link);
    this.cache?.opened(link.version, this.warn);
    for (const text of deprecations(this.options, link.version)) this.warn(text);
  }

  /** Why the conversation cannot go on, where this side found out. */
  get failure(): LocalError | undefined {
    return this.#hearing.failure;
  }

  /** The handshake of older revisions begins: from here on the server may ask. */
  handshaking(): void {
    this.#hearing.handshaking();
  }

  /** Says what was survived. */
  get warn(): (problem: unknown) => void {
    return this.#hearing.warn;
  }

  /** Something of what the server said by itself may be lost; with an error, nothing of it is heard any more. */
  missed(error?: Error): void {
    this.#hearing.missed(error);
  }

  /** Sends a request as it is, before the conversation is open. */
  async raw(method: string, params: Params, options: RequestOptions): Promise<Response> {
    const asking = new Asking(method, options, false, this.#hearing.emit, this.#hearing);
    try {
      return await this.#send(method, params, asking);
    } finally {
      this.#over(asking);
    }
  }

  /**
   * Sends a request in the terms of the newest revision, and gives its result in them; or what is kept of it. `read` makes
   * something else of the result.
   */
  request(
    method: string,
    params: Params,
    options: ConnectionOptions = NO_OPTIONS,
    read: Reading = asItIs,
  ): Promise<unknown> {
    try {
      const core = this.methods.get(method);
      return core?.cacheable === undefined || this.cache === undefined || isRetried(params, options)
        ? this.#request(method, core, params, options, read)
        : this.cache
            .request(method, params, options, () => this.#request(method, core, params, options, asItIs))
            .then((result) => read(result, params));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Asks what the server offers, and takes it for known; a handshake has said it once for all. */
  async discover(options?: RequestOptions): Promise<void> {
    const { link } = this;
    if (link.renew !== undefined) link.renew(await this.request("server/discover", {}, options));
  }

  /** Whether the server offers what a method needs. What it said of itself and is stale is asked for anew. */
  async offers(row: Method | undefined): Promise<boolean> {
    if (!offers(this.link, row) && this.link.staleAt <= Date.now()) await this.discover();
    return offers(this.link, row);
  }

  #request(
    method: string,
    core: Method | undefined,
    params: Params,
    options: ConnectionOptions,
    read: Reading,
  ): Promise<unknown> {
    const row = core ?? extensionMethod(this.options.extensions, method, this.version);
    const { timeout = this.options.timeout, totalTimeout = this.options.totalTimeout } = options;
    const isSettled = timeout === options.timeout && totalTimeout === options.totalTimeout;
    const asked = { method, row, params, options: isSettled ? options : { ...options, timeout, totalTimeout }, read };
    // The transport looks its own methods up, and has to be told of those of extensions.
    const name = core === undefined ? row?.mcpName : undefined;
    return row === undefined || offers(this.link, row)
      ? this.#ask(asked, name)
      : this.#supported(row).then(() => this.#ask(asked, name));
  }

  /** What waits for an answer are two closures: an async function would hold three times as much, and cost a tenth. */
  #ask(asked: Asked, mcpName: Method["mcpName"]): Promise<unknown> {
    const { method, row, params, options } = asked;
    const link = this.#link as Link;
    const hearing = this.#hearing;
    const mayAsk = !link.answers && row?.asks === true;
    const written = link.params(resumed(params, options, mayAsk), metaOf(options));
    const asking = new Asking(method, options, row?.stays === true, options.onNotification ?? hearing.emit, hearing);
    if (mcpName !== undefined) asking.call.values.set(MCP_NAME, mcpName);
    const answered = this.#send(method, written, asking);
    if (!("then" in answered)) return Promise.resolve(this.#take(answered, asked, asking));
    return answered.then(
      (response) => this.#take(response, asked, asking),
      (error) => {
        this.#over(asking);
        throw error;
      },
    );
  }

  /** What the caller gets of a response. */
  #take(response: Response, asked: Asked, asking: Asking): unknown {
    const { params, read } = asked;
    if (asksBack(response)) return this.#converse(response, asked, asking).then((result) => read(result, params));
    this.#over(asking);
    const result = this.#result(response, asked);
    return result instanceof Promise ? result.then((made) => read(made, params)) : read(result, params);
  }

  /** The result that a response has, in the terms of the newest revision. */
  #result({ result, error }: Response, { method, row, params, options }: Asked): unknown {
    if (error !== undefined) throw errorOf(method, params, error, this.#hearing.visits);
    if (row === undefined) return result;
    const claim = this.options.extensions && resultClaim(this.options.extensions, method, result);
    return claim === undefined
      ? checked(this.link, row, result)
      : Promise.resolve(claim(result as never, { method, params, options, link: this })).then((made) =>
          checked(this.link, row, made),
        );
  }

  /** Answers what the server asks back, and sends the request again, until it asks no more. */
  async #converse(first: Response, asked: Asked, asking: Asking): Promise<unknown> {
    const { method, row, params, options } = asked;
    const mayAsk = !this.link.answers && row?.asks === true;
    let response = first;
    try {
      const rounds = new (await import("./input.ts")).Rounds(
        method,
        mayAsk,
        this.version,
        asking.call,
        this.#hearing.answerer,
      );
      if (options.input === "manual") return rounds.read(response.result);
      // What belongs to an earlier round must not go along.
      const { inputResponses: _, requestState: __, ...own } = params;
      while (asksBack(response)) {
        const questions = rounds.read(response.result);
        const input = await this.#pause(asking, () => rounds.next(questions));
        asking.resume();
        response = await this.#send(method, this.link.params({ ...own, ...input }, metaOf(options)), asking);
      }
    } finally {
      this.#over(asking);
    }
    const result = await this.#result(response, asked);
    // What was answered in rounds depends on more than the request, whatever the server says.
    return row?.cacheable === undefined ? result : { ...(result as object), ttlMs: 0 };
  }

  /** Sends one request; time-outs and aborts end it, until its sender says that it is over. */
  #send(method: string, params: Params, asking: Asking): Answered {
    if (asking.ends) this.#deadlines.add(asking);
    // Pipes put an id of their own on the wire.
    const request = { jsonrpc: "2.0", id: ++lastId, method, params } as const;
    try {
      return this.#exchange(request, asking.call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #over(asking: Asking): void {
    this.#deadlines.delete(asking);
    asking.over();
  }

  /** Waits for answers to what the server asks; time-outs, aborts and the end of the connection end it. */
  async #pause<T>(asking: Asking, gather: () => T): Promise<Awaited<T>> {
    asking.pause();
    this.#asked.add(asking);
    if (asking.ends) this.#deadlines.add(asking);
    try {
      return await gather();
    } finally {
      this.#over(asking);
      this.#asked.delete(asking);
    }
  }

  /** Fails a request that the server said it cannot answer. */
  async #supported(row: Method): Promise<void> {
    if (await this.offers(row)) return;
    const { name, capability = [] } = row;
    const message = `The server did not declare the capability "${capability.join(".")}" that ${name} needs`;
    throw new LocalError("not_supported", message, { data: { method: name, capability } });
  }
}

/** What a caller makes of a result, and what it had asked for. */
export type Reading = (result: any, params: Params) => unknown;

/** A request, and what is to become of its result. */
interface Asked {
  readonly method: string;
  readonly row: Method | undefined;
  readonly params: Params;
  readonly options: ConnectionOptions;
  readonly read: Reading;
}

const asItIs: Reading = (result) => result;
const NO_METHODS: ReadonlyMap<string, Method> = new Map();
const NO_OPTIONS: ConnectionOptions = Object.freeze({});

let lastId = 0;
