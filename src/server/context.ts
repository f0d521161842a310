import { ToolError } from "../errors.ts";
import type {
  AuthInfo,
  Binding,
  Call,
  HttpFacts,
  Notification,
  Params,
  Request,
  RequestId,
  Serialized,
  Values,
} from "../jsonrpc/index.ts";
import type {
  CreateMessageRequestParams,
  CreateMessageResult,
  InputResponses,
  LoggingLevel,
  MetaObject,
  Revision,
  Root,
} from "../protocol/index.ts";
import { methodsOf, type TraceContext, traceContext } from "../protocol/methods/index.ts";
import type { InferOutput, Schema } from "../schema/index.ts";
import type { Answers, Asking, AskOptions, ElicitAnswer, Questions, UrlOptions } from "./ask.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { Form } from "./form.ts";
import { isLogged } from "./logging.ts";
import { Progress } from "./progress.ts";
import type { Remembered } from "./remembered.ts";
import { type AskingPart, Rounds } from "./rounds.ts";
import { quiet } from "./suspension.ts";
import type { Way, Wire } from "./wire.ts";

const LOG = "notifications/message";
const NO_META: MetaObject = Object.freeze({});

/** What a handler gets, always as its last parameter. */
export class Context {
  /** Who asks. */
  readonly client: ClientFacts;
  /** The `_meta` of the request; empty when it has none. */
  readonly meta: MetaObject;
  /** @internal The call that the binding made. */
  readonly underlying: Call;
  /** @internal */
  readonly request: Request;
  /** @internal How the revision writes results. */
  readonly wire: Wire;
  readonly #way: Way | undefined;
  #progress: Progress | undefined;
  #rounds: Rounds | undefined;

  /** @internal The `rounds` are given where other contexts of the same request have them, too. */
  constructor(request: Request, call: Call, client: ClientFacts, wire: Wire, rounds?: Rounds, way?: Way) {
    this.client = client;
    this.meta = (request.params?.["_meta"] as MetaObject | undefined) ?? NO_META;
    this.underlying = call;
    this.request = request;
    this.wire = wire;
    this.#way = way;
    this.#rounds = rounds;
  }

  /** The id of the request. */
  get id(): RequestId {
    return this.request.id;
  }

  /** Aborts when the client no longer wants the answer, and when this round is over and others follow. */
  get signal(): AbortSignal {
    return this.asks === "rounds" ? this.rounds.signal(this.underlying) : this.underlying.signal;
  }

  /**
   * The W3C trace context of the request, to be handed on: `client.call(name, args, { meta: { ...context.trace } })`.
   * What is malformed is left out.
   *
   * @see https://www.w3.org/TR/trace-context/
   */
  get trace(): TraceContext {
    return traceContext(this.meta);
  }

  /** What middleware left for this request. */
  get values(): Values {
    return this.underlying.values;
  }

  /** The HTTP request that brought the message; `undefined` where none did. */
  get http(): HttpFacts | undefined {
    return this.underlying.binding?.http;
  }

  /** Who asks and what they may do, where requests are authorized; see `protect` of `mcplex/auth/server`. */
  get auth(): AuthInfo | undefined {
    return this.underlying.binding?.principal?.auth;
  }

  /** What the binding knows of the request beside the message. */
  get binding(): Binding | undefined {
    return this.underlying.binding;
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
    this.#progress ??= new Progress(token as RequestId);
    const told = this.#rounds ?? this.#progress;
    if (told.progress !== undefined && progress <= told.progress) return;
    told.progress = progress;
    return this.underlying.emit(
      this.#progress.written(progress, total, this.wire.progressMessage ? message : undefined),
    );
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
    this.wire.deprecated(methodsOf(this.client.version).notifications.get(LOG));
    return this.emit({ jsonrpc: "2.0", method: LOG, params });
  }

  /**
   * Asks the user to fill in a form. `content` is typed by the schema, and checked against it.
   *
   * @param schema A flat object, of any library or in plain JSON Schema (`FormSchema`).
   * @throws DefinitionError for a field that no form can have; it is an error of the compiler, too.
   * @throws LocalError `not_supported` for a choice of several on 2025-06-18.
   * @throws MissingRequiredClientCapabilityError when the client cannot show forms.
   * @throws LocalError `no_way_back` when this connection cannot carry questions to the client.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
   */
  elicit<S extends Schema>(
    message: string,
    schema: S & Form<S>,
    options: AskOptions = {},
  ): Promise<ElicitAnswer<InferOutput<S>>> {
    return this.asking((part, asking) => part.elicitForm(asking, message, schema, options.key));
  }

  /** Asks the user to visit a URL; `accept` means that they agreed to, not that they are done there. */
  elicitUrl(message: string, url: string, options: UrlOptions = {}): Promise<"accept" | "decline" | "cancel"> {
    return this.asking((part, asking) => part.elicitUrl(asking, message, url, options));
  }

  /** Tells the client that the user is done at a URL, by the `elicitationId` (2025-11-25; nothing on other revisions). */
  visited(elicitationId: string): void | Promise<void> {
    const method = "notifications/elicitation/complete";
    if (!methodsOf(this.client.version).notifications.has(method)) return;
    return this.emit({ jsonrpc: "2.0", method, params: { elicitationId } });
  }

  /** Asks the user a question to be answered by yes or no. */
  confirm(message: string, options: AskOptions = {}): Promise<boolean> {
    const answered = this.elicit(message, { type: "object", properties: {} }, options);
    return quiet(answered.then(({ action }) => action === "accept"));
  }

  /** Like {@link elicit}, but gives the content at once; the tool fails when the user declines. */
  require<S extends Schema>(message: string, schema: S & Form<S>, options: AskOptions = {}): Promise<InferOutput<S>> {
    return quiet(
      this.asking((part, asking) => part.elicitForm<S>(asking, message, schema, options.key)).then((answer) => {
        if (answer.action === "accept") return answer.content;
        throw new ToolError(`The user answered "${answer.action}" to: ${message}`);
      }),
    );
  }

  /**
   * Asks the client's model for a completion.
   *
   * @deprecated Since 2026-07-28; call a model's own interface instead.
   */
  sample(params: CreateMessageRequestParams, options: AskOptions = {}): Promise<CreateMessageResult> {
    return this.asking((part, asking) => part.question(asking, "sampling/createMessage", params, options.key));
  }

  /**
   * Asks the client for the folders that it works in.
   *
   * @deprecated Since 2026-07-28; take paths as arguments or configuration instead.
   */
  roots(options: AskOptions = {}): Promise<readonly Root[]> {
    const asked = this.asking((part, asking) => part.question(asking, "roots/list", {}, options.key));
    return quiet(asked.then(({ roots }) => roots));
  }

  /** Asks several questions at once; the answers come under the names of the questions. */
  ask<Q extends Questions>(asked: Q): Promise<Answers<Q>> {
    return this.asking((part, asking) => part.questions(asking, asked));
  }

  /**
   * Does a step whose outcome later rounds of the same call reuse. What it gives must be JSON, and passes through JSON.
   *
   * A step is done at least once: again when the process ends before the round does, or when a client repeats an old
   * round. What must not be done twice is done under {@link requestKey}.
   *
   * @throws DefinitionError when the name was used before in this call: give each turn of a loop a name of its own.
   */
  once<T>(name: string, step: () => T | Promise<T>): Promise<T> {
    return this.asking((_, { round }) => round.once(name, step) as Promise<T>);
  }

  /** Leaves an undo step that runs if the call as a whole fails; the last one left runs first. */
  defer(undo: () => unknown): void {
    void this.asking((_, { round }) => round.defer(undo));
  }

  /** Stable over all rounds of one call, and different between calls: an idempotency key. */
  get requestKey(): string {
    return this.rounds.key;
  }

  /** The answers to what {@link inputRequired} asked; `undefined` in the first round. */
  get inputResponses(): Readonly<InputResponses> | undefined {
    return this.begun?.round?.responses as InputResponses | undefined;
  }

  /** What {@link inputRequired} was to remember, as it was; `undefined` in the first round. */
  get requestState(): unknown {
    return this.begun?.round?.own;
  }

  /** @internal The rounds of the call; made when first needed. */
  get rounds(): Rounds {
    if (this.#rounds === undefined) {
      this.#rounds = new Rounds(this);
      if (this.#progress?.progress !== undefined) this.#rounds.progress = this.#progress.progress;
    }
    return this.#rounds;
  }

  /** @internal The same, where they were needed already. */
  get begun(): Rounds | undefined {
    return this.#rounds;
  }

  /** @internal Whether the answer must be a question. */
  get ending(): boolean {
    return this.#rounds?.round?.ending === true;
  }

  /** @internal The parameters of the request. */
  get params(): Params {
    return this.request.params ?? {};
  }

  /** @internal How questions travel. */
  get asks(): Way | undefined {
    return this.#way ?? this.wire.way(this.request.method);
  }

  /** @internal Runs something of the part that asks, at once where it is loaded. */
  asking<T>(act: (part: AskingPart, asking: Asking) => T | Promise<T>): Promise<T> {
    return this.rounds.use((part, round) => {
      const { underlying: call, client, wire } = this;
      return act(part, { call, client, round, wire, way: this.asks, trace: this.trace });
    });
  }

  /**
   * @internal Another request of the same client over another call, whose `ask` is the way to the client: a call of its
   * own, of which `keep` is told whenever there is more to remember, and awaited before the handler goes on.
   */
  apart(call: Call, request: Request, client: ClientFacts, keep: (remembered: Remembered) => Promise<void>): Context {
    const rounds = new Rounds({ request, binding: call.binding }, keep);
    return new Context(request, call, client, this.wire, rounds, "requests");
  }

  /** @internal What is wrong with an answer to a question of this method, or undefined. */
  answerProblem(version: Revision, method: string, answer: unknown): string | undefined {
    return methodsOf(version).questions.get(method)?.result?.(answer);
  }
}
