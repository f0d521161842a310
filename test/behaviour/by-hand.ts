import type { ErrorObject } from "../../src/errors.ts";
import { isObject } from "../../src/json.ts";
import {
  type Channel,
  type CloseReason,
  Malformed,
  type Message,
  type Notification,
  type Params,
  type Request,
  type RequestId,
  type Response,
  Serialized,
} from "../../src/jsonrpc/index.ts";
import { isModern, type Revision } from "../../src/protocol/index.ts";
import type { Tap } from "./tap.ts";

const META = "io.modelcontextprotocol/";

/** One end of a connection that a test plays by hand. */
abstract class ByHand {
  readonly tap: Tap;
  readonly revision: Revision;
  /** What arrived, in order. */
  readonly received: (Message | Malformed)[] = [];
  protected readonly channel: Channel;
  readonly #waiting = new Set<() => void>();

  constructor(channel: Channel, tap: Tap, revision: Revision) {
    this.channel = channel;
    this.tap = tap;
    this.revision = revision;
    channel.receive((message) => {
      this.received.push(message);
      this.arrived(message);
      for (const look of [...this.#waiting]) look();
    });
  }

  get modern(): boolean {
    return isModern(this.revision);
  }

  /** Sends a message as it is. */
  send(message: object): void {
    void this.channel.send(message as Message);
  }

  /** Sends a message that breaks the rules, on purpose; text that is no JSON can be given as it is. */
  bad(message: object | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.tap.excuseOnly(text);
    void this.channel.send(new Serialized(text));
  }

  notify(method: string, params?: Params): void {
    this.send(params === undefined ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params });
  }

  /** The first message that fits, arrived already or yet to come. */
  next<M = Notification>(matches: (message: Message) => boolean): Promise<M> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.received.find((message) => !(message instanceof Malformed) && matches(message as Message));
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found as M);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The first so many notifications of a method. */
  async notifications(method: string, count = 1): Promise<Notification[]> {
    const all = (): Notification[] =>
      this.received.filter(
        (message) => !(message instanceof Malformed) && "method" in message && message.method === method,
      ) as Notification[];
    await this.next(() => all().length >= count);
    return all();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  /** Settles when the connection is over. */
  get closed(): Promise<CloseReason> {
    return this.channel.closed;
  }

  protected abstract arrived(message: Message | Malformed): void;
}

/** How a request by hand is sent. */
export interface Sending {
  readonly id?: RequestId;
  /** It breaks the specification, on purpose. */
  readonly bad?: boolean;
  /** The parameters are sent as they are, without what the revision wants in them. */
  readonly plain?: boolean;
}

/** A client by hand. */
export class RawClient extends ByHand {
  readonly #capabilities: object;
  readonly #handlers = new Map<string, (request: Request) => object | undefined>();
  #last = 0;

  constructor(channel: Channel, tap: Tap, revision: Revision, capabilities: object = {}) {
    super(channel, tap, revision);
    this.#capabilities = capabilities;
  }

  /** Does the handshake, where the revision has one. */
  async open(): Promise<void> {
    if (this.modern) return;
    const clientInfo = { name: "raw", version: "0" };
    const params = { protocolVersion: this.revision, capabilities: this.#capabilities, clientInfo };
    await this.request("initialize", params);
    this.notify("notifications/initialized");
  }

  /** Answers requests of the server; without a result to give, they stay open. */
  on(method: string, handler: (request: Request) => object | undefined): void {
    this.#handlers.set(method, handler);
  }

  /** The `_meta` that every request of a stateless revision carries. */
  get envelope(): Record<string, unknown> {
    return {
      [`${META}protocolVersion`]: this.revision,
      [`${META}clientInfo`]: { name: "raw", version: "0" },
      [`${META}clientCapabilities`]: this.#capabilities,
    };
  }

  /** A request, complete for its revision. */
  compose(method: string, params: Params = {}, id: RequestId = ++this.#last): Request {
    const meta = this.modern ? { ...this.envelope, ...(params["_meta"] as object | undefined) } : params["_meta"];
    const whole = meta === undefined ? params : { ...params, _meta: meta };
    return { jsonrpc: "2.0", id, method, params: whole };
  }

  /** Sends a request and gives its response. */
  request(method: string, params: Params = {}, options: Sending = {}): Promise<Response> {
    const { id = ++this.#last, bad = false, plain = false } = options;
    const message = plain ? { jsonrpc: "2.0", id, method, params } : this.compose(method, params, id);
    if (bad) this.bad(message);
    else this.send(message);
    return this.response(id);
  }

  /** Sends a request that must fail, and gives the error. */
  async refused(method: string, params: Params = {}, options: Sending = {}): Promise<ErrorObject> {
    const { error } = await this.request(method, params, options);
    if (error === undefined) throw new Error(`${method} was not refused`);
    return error;
  }

  /** The response to a request. */
  response(id: RequestId): Promise<Response> {
    return this.next<Response>((message) => !("method" in message) && message.id === id);
  }

  /** All responses to a request: there should be one. */
  responses(id: RequestId): Response[] {
    return this.received.filter(
      (message) => !(message instanceof Malformed) && !("method" in message) && message.id === id,
    ) as Response[];
  }

  /** Goes once to the server and back: what it sent before has arrived then. */
  async settle(): Promise<void> {
    const id = `settle-${++this.#last}`;
    await this.request(this.modern ? "server/discover" : "ping", {}, { id });
  }

  protected arrived(message: Message | Malformed): void {
    if (message instanceof Malformed || !("id" in message) || !("method" in message)) return;
    const result = this.#handlers.get(message.method)?.(message as Request);
    if (result === undefined) return;
    const { id } = message;
    this.send("error" in result ? { jsonrpc: "2.0", id, ...result } : { jsonrpc: "2.0", id, result });
  }
}

/** How a server by hand answers a request: with a result, with `{ error }`, or not. */
export type Script = Readonly<
  Record<string, (params: Params, request: Request, server: RawServer) => object | undefined | void>
>;

/** A server by hand. It knows how to open a conversation; the rest stands in its script. */
export class RawServer extends ByHand {
  readonly #script: Script;

  constructor(channel: Channel, tap: Tap, revision: Revision, script: Script) {
    super(channel, tap, revision);
    this.#script = {
      "server/discover": () => ({
        supportedVersions: [revision],
        capabilities: CAPABILITIES,
        ttlMs: 0,
        cacheScope: "private",
      }),
      initialize: () => ({
        protocolVersion: revision,
        capabilities: CAPABILITIES,
        serverInfo: { name: "raw", version: "0" },
      }),
      ping: () => ({}),
      ...script,
    };
  }

  /** Answers a request, complete for the revision. */
  answer(id: RequestId, result: object): void {
    if ("error" in result) return this.send({ jsonrpc: "2.0", id, ...result });
    const complete = this.modern && !("resultType" in result) ? { resultType: "complete", ...result } : result;
    this.send({ jsonrpc: "2.0", id, result: complete });
  }

  /** The first request of a method, arrived already or yet to come. */
  asked(method: string): Promise<Request> {
    return this.next<Request>((message) => "method" in message && message.method === method);
  }

  protected arrived(message: Message | Malformed): void {
    if (message instanceof Malformed || !("method" in message) || !("id" in message)) return;
    const { method, params = {} } = message;
    if (!Object.hasOwn(this.#script, method)) {
      return this.answer(message.id as RequestId, { error: { code: -32601, message: "Method not found" } });
    }
    const result = this.#script[method]?.(params, message as Request, this);
    if (isObject(result)) this.answer(message.id as RequestId, result);
  }
}

const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  prompts: { listChanged: true },
  completions: {},
  logging: {},
};
