import { UrlElicitationRequiredError } from "../errors.ts";
import {
  type Call,
  encodeId,
  type Notification,
  type Params,
  type Request,
  type RequestId,
  Serialized,
} from "../jsonrpc/index.ts";
import type { LoggingLevel, MetaObject, Result } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import type { Asking } from "./ask.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { InputRequired } from "./input-required.ts";
import { ListContext } from "./list-context.ts";
import { isLogged } from "./logging.ts";
import { type AskingPart, Rounds } from "./rounds.ts";
import type { Way, Wire } from "./wire.ts";

const PROGRESS = "notifications/progress";
const LOG = "notifications/message";

const NO_META: MetaObject = Object.freeze({});

/**
 * What the server works with while it answers a call: the request, how its revision writes, the rounds of the call; and
 * how a handler tells of its work meanwhile.
 */
export class CallContext extends ListContext {
  readonly #wire: Wire;
  readonly #request: Request;
  readonly #way: Way | undefined;
  #progress: number | undefined;
  /** How every message of progress begins, and how the last one said its total: a handler may tell of thousands of steps. */
  #progressStart: string | undefined;
  #total: number | undefined;
  #totalText = "";
  #rounds: Rounds | undefined;

  /** @internal The `rounds` are given where other contexts of the same request have them, too. */
  constructor(request: Request, call: Call, client: ClientFacts, wire: Wire, rounds?: Rounds, way?: Way) {
    super(call, client, (request.params?.["_meta"] as MetaObject | undefined) ?? NO_META);
    this.#request = request;
    this.#wire = wire;
    this.#rounds = rounds;
    this.#way = way;
  }

  /** The id of the request. */
  get id(): RequestId {
    return this.#request.id;
  }

  /** Aborts when the client no longer wants the answer, and when this round is over and others follow. */
  override get signal(): AbortSignal {
    return this.asks === "rounds" ? this.rounds.signal(this.underlying) : super.signal;
  }

  /** Sends a notification that belongs to this request. Gives a promise only when the client reads slowly. */
  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    if (!this.ending) return this.underlying.emit(notification);
  }

  /**
   * Tells the client how far the work is. It does nothing when the client did not ask, or when `progress` is not above
   * the last one. Gives a promise only when the client reads slowly: await it in a loop.
   *
   * @param total The value at which the work is done, where it is known.
   * @param message What is being done, in words (not on revision 2024-11-05).
   */
  progress(progress: number, total?: number, message?: string): void | Promise<void> {
    const token = this.meta["progressToken"];
    if (token === undefined || !Number.isFinite(progress) || this.ending) return;
    const last = this.#rounds === undefined ? this.#progress : this.#rounds.progress;
    if (last !== undefined && progress <= last) return;
    if (this.#rounds === undefined) this.#progress = progress;
    else this.#rounds.progress = progress;
    this.#progressStart ??= `{"jsonrpc":"2.0","method":"${PROGRESS}","params":{"progressToken":${encodeId(token as RequestId)},"progress":`;
    if (total !== this.#total) {
      this.#total = total;
      this.#totalText = total !== undefined && Number.isFinite(total) ? `,"total":${total}` : "";
    }
    const said = message !== undefined && this.#wire.progressMessage ? `,"message":${JSON.stringify(message)}` : "";
    // Written at once, and not as an object first.
    return this.emit(new Serialized(`${this.#progressStart}${progress}${this.#totalText}${said}}}`, PROGRESS));
  }

  /**
   * Sends a log message to the client, where it wants messages of this severity.
   *
   * @param data Any JSON; no secrets and no personal data.
   * @param logger The name of the part that speaks.
   * @deprecated Since 2026-07-28; write to stderr or to a telemetry system instead.
   * @see https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/logging
   */
  log(level: LoggingLevel, data: unknown, logger?: string): void | Promise<void> {
    if (!isLogged(level, this.client.logLevel)) return;
    const params = logger === undefined ? { level, data } : { level, logger, data };
    this.#wire.deprecated(methodsOf(this.client.version).notifications.get(LOG));
    return this.emit({ jsonrpc: "2.0", method: LOG, params });
  }

  /** @internal The rounds of the call; made when first needed. */
  get rounds(): Rounds {
    if (this.#rounds === undefined) {
      this.#rounds = new Rounds(this);
      if (this.#progress !== undefined) this.#rounds.progress = this.#progress;
    }
    return this.#rounds;
  }

  /** @internal The same, where they were needed already. */
  get begun(): Rounds | undefined {
    return this.#rounds;
  }

  /** @internal */
  get request(): Request {
    return this.#request;
  }

  /** @internal Whether there is something to undo. */
  get undoes(): boolean {
    return this.#rounds?.round?.undoes === true;
  }

  /** @internal Whether the answer must be a question. */
  get ending(): boolean {
    return this.#rounds?.round?.ending === true;
  }

  /** @internal Whether a request goes on with a call that asked before, and nobody brought back what that left. */
  get isRetry(): boolean {
    const { requestState, inputResponses } = this.params;
    if (requestState === undefined && inputResponses === undefined) return false;
    return this.asks === "rounds" && this.#rounds?.round?.resumed !== true;
  }

  /** @internal Brings back what the earlier rounds of the call left. */
  resume(): Promise<void> {
    return this.asking((part, asking) => part.resume(asking, this.params));
  }

  /** @internal Asks what a handler asked by its result; whether that has to run again now. */
  fulfil(asked: InputRequired): Promise<boolean> {
    return this.asking((part, asking) => part.fulfil(asking, asked));
  }

  /** @internal Whether the round ends with questions, whatever its handler threw; some errors stand for questions. */
  async endsBy(error: unknown): Promise<boolean> {
    await this.#rounds?.opening;
    if (!this.ending && error instanceof UrlElicitationRequiredError && this.asks === "rounds") {
      await this.asking((part, asking) => part.askInstead(asking, error));
    }
    return this.ending;
  }

  /** @internal Ends the round with its questions. */
  suspend(): Promise<Result> {
    return this.asking((part, asking) => part.suspend(asking));
  }

  /** @internal Runs what the handler left to undo. */
  async unwind(report: (error: unknown) => void): Promise<void> {
    await this.#rounds?.unwind(report);
  }

  /** @internal The parameters of the request. */
  get params(): Params {
    return this.#request.params ?? {};
  }

  /** @internal How the revision writes results. */
  get wire(): Wire {
    return this.#wire;
  }

  /** @internal How questions travel. */
  get asks(): Way | undefined {
    return this.#way ?? this.#wire.way(this.#request.method);
  }

  /** @internal Runs something of the part that asks, at once where it is loaded. */
  protected asking<T>(act: (part: AskingPart, asking: Asking) => T | Promise<T>): Promise<T> {
    return this.rounds.use((part, round) => {
      const { underlying: call, client } = this;
      return act(part, { call, client, round, wire: this.#wire, way: this.asks, trace: this.trace });
    });
  }
}
