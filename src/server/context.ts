import { DefinitionError, ToolError } from "../errors.ts";
import {
  type Binding,
  type Call,
  type HttpFacts,
  type Notification,
  type Request,
  type RequestId,
  encodeId,
  Serialized,
  type Values,
} from "../jsonrpc/index.ts";
import {
  type CreateMessageRequestParams,
  type CreateMessageResult,
  type LoggingLevel,
  type MetaObject,
  type Root,
} from "../protocol/index.ts";
import type { InferOutput, Schema } from "../schema/index.ts";
import type { ClientFacts } from "./client-facts.ts";
import { type Answers, type ElicitAnswer, elicitForm, elicitUrl, type Questions, question, questions } from "./ask.ts";
import { isLogged } from "./logging.ts";
import type { Wire } from "./wire.ts";

const PROGRESS = "notifications/progress";

/** What list, completion and visibility callbacks get: who asks, and nothing that could ask back. */
export class ListContext {
  /** Who asks. */
  readonly client: ClientFacts;
  /** The `_meta` of the request; empty when it has none. */
  readonly meta: MetaObject;
  /** @internal The call that the binding made. */
  readonly underlying: Call;

  constructor(call: Call, client: ClientFacts, meta: MetaObject) {
    this.underlying = call;
    this.client = client;
    this.meta = meta;
  }

  /** Aborts when the client no longer wants the answer. */
  get signal(): AbortSignal {
    return this.underlying.signal;
  }

  /** What middleware left for this request. */
  get values(): Values {
    return this.underlying.values;
  }

  /** The HTTP request that brought the message; `undefined` where none did. */
  get http(): HttpFacts | undefined {
    return this.underlying.binding?.http;
  }

  /** What the binding knows of the request beside the message. */
  get binding(): Binding | undefined {
    return this.underlying.binding;
  }
}

const NO_META: MetaObject = Object.freeze({});

/** What a handler gets, always as its last parameter. */
export class Context extends ListContext {
  readonly #wire: Wire;
  #progress: number | undefined;
  #steps: Set<string> | undefined;
  #undo: (() => unknown)[] | undefined;
  #key: string | undefined;
  /** The id of the request. */
  readonly id: RequestId;

  /** @internal */
  constructor(request: Request, call: Call, client: ClientFacts, wire: Wire) {
    super(call, client, (request.params?.["_meta"] as MetaObject | undefined) ?? NO_META);
    this.id = request.id;
    this.#wire = wire;
  }

  /** Sends a notification that belongs to this request. Gives a promise only when the client reads slowly. */
  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    return this.underlying.emit(notification);
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
    if (token === undefined || !Number.isFinite(progress)) return;
    if (this.#progress !== undefined && progress <= this.#progress) return;
    this.#progress = progress;
    const known = total !== undefined && Number.isFinite(total) ? `,"total":${total}` : "";
    const said = message !== undefined && this.#wire.progressMessage ? `,"message":${JSON.stringify(message)}` : "";
    // Written at once, and not as an object first: handlers may tell of thousands of steps.
    const start = `{"jsonrpc":"2.0","method":"${PROGRESS}","params":{"progressToken":${encodeId(token as RequestId)}`;
    return this.underlying.emit(new Serialized(`${start},"progress":${progress}${known}${said}}}`, PROGRESS));
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
    return this.underlying.emit({ jsonrpc: "2.0", method: "notifications/message", params });
  }

  /**
   * Asks the user to fill in a form. `content` is typed by the schema, and checked against it.
   *
   * @throws MissingRequiredClientCapabilityError when the client cannot show forms.
   * @throws LocalError `no_way_back` when this connection cannot carry questions to the client.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
   */
  elicit<S extends Schema>(message: string, schema: S): Promise<ElicitAnswer<InferOutput<S>>> {
    return elicitForm(this.#asking(), message, schema);
  }

  /** Asks the user to visit a URL; `accept` means that they agreed to, not that they are done there. */
  elicitUrl(message: string, url: string): Promise<"accept" | "decline" | "cancel"> {
    return elicitUrl(this.#asking(), message, url);
  }

  /** Asks the user a question to be answered by yes or no. */
  async confirm(message: string): Promise<boolean> {
    const answer = await this.elicit(message, { type: "object", properties: {} });
    return answer.action === "accept";
  }

  /** Like {@link elicit}, but gives the content at once; the tool fails when the user declines. */
  async require<S extends Schema>(message: string, schema: S): Promise<InferOutput<S>> {
    const answer = await this.elicit(message, schema);
    if (answer.action === "accept") return answer.content;
    throw new ToolError(`The user answered "${answer.action}" to: ${message}`);
  }

  /**
   * Asks the client's model for a completion.
   *
   * @deprecated Since 2026-07-28; call a model's own interface instead.
   */
  sample(params: CreateMessageRequestParams): Promise<CreateMessageResult> {
    return question(this.#asking(), "sampling/createMessage", params);
  }

  /**
   * Asks the client for the folders that it works in.
   *
   * @deprecated Since 2026-07-28; take paths as arguments or configuration instead.
   */
  async roots(): Promise<readonly Root[]> {
    const { roots } = await question(this.#asking(), "roots/list", {});
    return roots;
  }

  /** Asks several questions at once; the answers come under the names of the questions. */
  ask<Q extends Questions>(asked: Q): Promise<Answers<Q>> {
    return questions(this.#asking(), asked);
  }

  /**
   * Does a step whose outcome later rounds of the same call reuse. What it gives must be JSON, and passes through JSON.
   *
   * @throws DefinitionError when the name was used before in this call: give each turn of a loop a name of its own.
   */
  async once<T>(name: string, step: () => T | Promise<T>): Promise<T> {
    this.#steps ??= new Set();
    if (this.#steps.has(name)) {
      throw new DefinitionError(`once("${name}") was used twice in one call: in a loop, put the index into the name`);
    }
    this.#steps.add(name);
    const value = await step();
    return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
  }

  /** Leaves an undo step that runs if the call as a whole fails; the last one left runs first. */
  defer(undo: () => unknown): void {
    this.#undo ??= [];
    this.#undo.push(undo);
  }

  /** Stable over all rounds of one call, and different between calls: an idempotency key. */
  get requestKey(): string {
    this.#key ??= crypto.randomUUID();
    return this.#key;
  }

  /** @internal Runs what {@link defer} left. */
  async unwind(report: (error: unknown) => void): Promise<void> {
    const left = this.#undo?.reverse() ?? [];
    this.#undo = undefined;
    for (const undo of left) {
      try {
        await undo();
      } catch (error) {
        report(error);
      }
    }
  }

  #asking(): Parameters<typeof questions>[0] {
    return { call: this.underlying, client: this.client, wire: this.#wire, signal: this.signal };
  }
}
