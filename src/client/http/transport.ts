import { LocalError } from "../../errors.ts";
import {
  type Call,
  type CloseReason,
  closedError,
  type Listener,
  type Notification,
  type PeerOptions,
  type Request,
  type Response,
  type Transport,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { Calls } from "./calls.ts";
import { Endpoint } from "./endpoint.ts";
import { Inbox } from "./inbox.ts";
import type { LegacyHttp } from "./legacy.ts";
import type { LegacyParts } from "./legacy-reading.ts";
import { ModernHttp, modernVersion } from "./modern.ts";
import type { HttpOptions } from "./options.ts";
import { PACING, type Pacing } from "./pacing.ts";
import type { Sender } from "./sender.ts";

/** A conversation over HTTP. Each request tells which era it is of, so that one transport carries both. */
export class HttpTransport implements Transport {
  readonly closed: Promise<CloseReason>;
  readonly #endpoint: Endpoint;
  readonly #calls: Calls;
  readonly #modern: ModernHttp;
  readonly #parts: LegacyParts;
  #legacy: LegacyHttp | undefined;
  #loading: Promise<LegacyHttp> | undefined;
  readonly #peerOptions: PeerOptions;
  readonly #fetch: HttpOptions["fetch"];
  #listener: Listener | undefined;
  #finish!: (reason: CloseReason) => void;
  #ending: LocalError | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    url: URL,
    sender: Sender,
    options: HttpOptions = {},
    peerOptions: PeerOptions = {},
    pacing: Pacing = PACING,
  ) {
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const problem = (message: string, cause?: unknown): void => this.#problem(message, cause);
    const listener = (): Listener | undefined => this.#listener;
    const endpoint = new Endpoint(url, sender, options);
    const calls = new Calls(problem);
    this.#endpoint = endpoint;
    this.#calls = calls;
    this.#peerOptions = peerOptions;
    const { fetch, onStatus } = options;
    this.#fetch = fetch;
    const finished = (reason: CloseReason): void => this.#over(reason);
    this.#parts = { endpoint, calls, listener, problem, pacing, peerOptions, onStatus, finished };
    this.#modern = new ModernHttp(this.#parts, new Inbox(this.#parts));
  }

  readonly exchange = (request: Request, call: Call): Promise<Response> => {
    if (this.#ending !== undefined) return Promise.reject(this.#ending);
    const version = modernVersion(request.params);
    if (version === undefined) return this.#exchangeLegacy(request, call);
    return this.#modern.exchange(request, call, version);
  };

  send(notification: Notification): Promise<void> {
    return this.#legacy?.opened === true ? this.#legacy.send(notification) : this.#modern.send(notification);
  }

  waited(): number {
    return this.#fetch?.waited?.() ?? 0;
  }

  attach(listener: Listener): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async end(): Promise<void> {
    this.#ending ??= new LocalError("closed", "The connection is closing");
    await this.#calls.drained(this.#peerOptions.graceTimeout ?? limits.graceTimeout);
    await this.close();
  }

  /** What is for older revisions is loaded when a server needs it. */
  #exchangeLegacy(request: Request, call: Call): Promise<Response> {
    if (this.#legacy !== undefined) return this.#legacy.exchange(request, call);
    this.#loading ??= import("./legacy.ts").then(({ LegacyHttp }) => {
      this.#legacy = new LegacyHttp(this.#parts);
      return this.#legacy;
    });
    return this.#loading.then((legacy) => legacy.exchange(request, call));
  }

  async #close(): Promise<void> {
    const reason: CloseReason = { kind: "closed" };
    const error = closedError(reason);
    this.#calls.close(error);
    this.#ending = error;
    await this.#legacy?.close(error);
    this.#endpoint.close(error);
    this.#finish(reason);
  }

  /** It is over without anybody's wish. */
  #over(reason: CloseReason): void {
    const error = closedError(reason);
    this.#ending ??= error;
    this.#calls.close(error);
    this.#endpoint.close(error);
    this.#finish(reason);
  }

  #problem(message: string, cause: unknown): void {
    try {
      this.#peerOptions.onProblem?.(new LocalError("invalid_response", message, { cause }));
    } catch {
      // A listener that throws must not break the conversation that it listens to.
    }
  }
}
