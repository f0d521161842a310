import { InternalError, InvalidParamsError, InvalidRequestError, MethodNotFoundError } from "../errors.ts";
import { type Answered, type Call, failure, type Notification, type Params, type Request } from "../jsonrpc/index.ts";
import {
  type InitializeRequestParams,
  type InitializeResult,
  isModern,
  isSince,
  type LoggingLevel,
  type Result,
  type Revision,
  type ServerCapabilities,
  SINCE,
  unsupportedVersion,
} from "../protocol/index.ts";
import { IMPLEMENTATION_SINCE, isWithin, known } from "../protocol/methods/index.ts";
import { limits } from "../limits.ts";
import type { ChangingList } from "./changes.ts";
import type { ClientFacts } from "./client-facts.ts";
import { Context } from "./context.ts";
import { type Answer, invoke } from "./invoke.ts";
import { legacyWire } from "./legacy-wire.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Server } from "./server.ts";

/**
 * What a conversation of an older revision remembers: what the handshake said, and what the client chose since. It is
 * plain JSON, so that another process can go on with the conversation.
 */
export interface LegacyState extends ClientFacts {
  logLevel: LoggingLevel;
  /** Whether the client said that it is ready. */
  initialized: boolean;
  /** The lists of which the handshake declared that their changes are told. */
  readonly changing: readonly ChangingList[];
  /** The resources that the client subscribed to. */
  readonly subscribed: string[];
}

/** The state of a client of which nothing is known but its revision. */
export function unknownClient(version: Revision): LegacyState {
  return legacyState(version, undefined, {}, []);
}

function legacyState(
  version: Revision,
  info: ClientFacts["info"],
  capabilities: ClientFacts["capabilities"],
  changing: readonly ChangingList[],
): LegacyState {
  // Until the client chooses the least severity, the server does: informational messages and above.
  return { version, info, capabilities, logLevel: "info", initialized: false, changing, subscribed: [] };
}

/**
 * One conversation of a revision that opens with `initialize`.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
 */
export class Legacy {
  readonly #dispatcher: Dispatcher;
  readonly #server: Server;
  #state: LegacyState | undefined;
  #changes = 0;

  /** Begins a conversation, or goes on with the one that `state` remembers. */
  constructor(dispatcher: Dispatcher, state?: LegacyState) {
    this.#dispatcher = dispatcher;
    this.#server = dispatcher.server;
    this.#state = state;
  }

  /** What is remembered; nothing before the handshake. */
  get state(): LegacyState | undefined {
    return this.#state;
  }

  /** How often that changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Answers one request. */
  ask(request: Request, call: Call): Answered {
    try {
      const client = this.#state ?? this.#stranger(request);
      const wire = legacyWire(client.version);
      const known = this.#dispatcher.find(request.method, client.version);
      if (known === undefined || !this.#dispatcher.offers(known.method)) {
        throw new MethodNotFoundError(`Method not found: ${request.method}`);
      }
      const { method } = known;
      const wrong = method.params(request.params);
      if (wrong !== undefined) throw new InvalidParamsError(wrong);
      const context = new Context(request, call, client, wire);
      const act = known.answer === undefined ? this.#acts(method.name) : undefined;
      if (act === undefined) return this.#dispatcher.answer(known, context);
      const answer: Answer<Params> = { find: (params) => params, run: act };
      return invoke(answer, method, context, this.#server);
    } catch (error) {
      return failure(request.id, this.#dispatcher.toProtocolError(error, request));
    }
  }

  /** Whether the revision that was agreed on has batches. */
  get batches(): boolean {
    return this.#state !== undefined && hasBatches(this.#state.version);
  }

  /** Takes one notification. */
  emit(notification: Notification): void {
    if (notification.method === "notifications/initialized") {
      if (this.#state?.initialized === false) {
        this.#state.initialized = true;
        this.#changes++;
      }
    } else if (notification.method === "notifications/roots/list_changed") this.#server.options.onRootsChanged?.();
    else this.#server.hear(notification, this.#state);
  }

  /** Sends every change that the client should hear of, until the function that it gives back is called. */
  listen(send: (notification: Notification) => void): () => void {
    const tell = (change: Notification): void => {
      if (this.#tells(change)) send(change);
    };
    const { changes } = this.#server;
    void changes.subscribe(tell);
    return () => void changes.unsubscribe(tell);
  }

  /** What is done for a method of the conversation itself; `undefined` for those that every revision answers alike. */
  #acts(method: string): ((params: Params) => Result | Promise<Result>) | undefined {
    if (method === "initialize") return (params) => this.#initialize(params as unknown as InitializeRequestParams);
    if (method === "ping") return () => ({});
    if (method === "logging/setLevel") return (params) => this.#setLevel(params["level"] as LoggingLevel);
    if (method === "resources/subscribe") return (params) => this.#subscribe(params["uri"] as string);
    if (method === "resources/unsubscribe") return (params) => this.#unsubscribe(params["uri"] as string);
    return undefined;
  }

  /** Before the handshake only the handshake and pings are answered. */
  #stranger(request: Request): LegacyState {
    const version = this.#version(request.params?.["protocolVersion"]);
    if (request.method !== "initialize" && request.method !== "ping") {
      throw new InvalidRequestError("Open the conversation with initialize, or say the revision in _meta");
    }
    return unknownClient(version);
  }

  #initialize({ protocolVersion, clientInfo, capabilities }: InitializeRequestParams): Result {
    if (this.#state !== undefined) throw new InvalidRequestError("The conversation is initialized already");
    const version = this.#version(protocolVersion);
    const declared = offeredIn(this.#server.capabilities(version), version);
    const changing = CHANGING_LISTS.filter((list) => declared[list]?.listChanged === true);
    this.#state = legacyState(version, clientInfo, capabilities, changing);
    const serverInfo = known(this.#server.info, version, IMPLEMENTATION_SINCE);
    const result: InitializeResult = { protocolVersion: version, capabilities: declared, serverInfo };
    const { instructions } = this.#server.options;
    if (instructions !== undefined) result.instructions = instructions;
    return result;
  }

  /** The revision that was asked for, or else the newest that a handshake can open. */
  #version(asked: unknown): Revision {
    const offered = this.#server.revisions.filter((revision) => !isModern(revision));
    const version = offered.find((revision) => revision === asked) ?? offered.at(-1);
    if (version === undefined) throw unsupportedVersion(this.#server.revisions, asked);
    return version;
  }

  #setLevel(level: LoggingLevel): Result {
    if (this.#state !== undefined) this.#state.logLevel = level;
    this.#changes++;
    return {};
  }

  #subscribe(uri: string): Result | Promise<Result> {
    const { subscribed = [] } = this.#state ?? {};
    if (!subscribed.includes(uri)) {
      if (subscribed.length >= limits.listenUris) {
        throw new InternalError("Too many resources are subscribed to", { limit: "listenUris" });
      }
      subscribed.push(uri);
      this.#changes++;
    }
    return this.#server.changes.attend()?.then(() => ({})) ?? {};
  }

  #unsubscribe(uri: string): Result {
    const { subscribed = [] } = this.#state ?? {};
    const at = subscribed.indexOf(uri);
    if (at >= 0) subscribed.splice(at, 1);
    this.#changes++;
    return {};
  }

  /** Whether the client hears of a change: of what the handshake declared, and of nothing else. */
  #tells(change: Notification): boolean {
    if (this.#state?.initialized !== true) return false;
    const { changing, subscribed } = this.#state;
    const { method, params } = change;
    if (method !== UPDATED) return changing.some((list) => method === `notifications/${list}/list_changed`);
    return subscribed.some((watched) => isWithin(params?.["uri"] as string, watched));
  }
}

/** Whether a revision has batches: one alone does. */
export function hasBatches(version: Revision): boolean {
  return version === "2025-03-26";
}

const UPDATED = "notifications/resources/updated";
const CHANGING_LISTS: readonly ChangingList[] = ["tools", "prompts", "resources"];

/** Capabilities without those that a revision does not know. */
function offeredIn(capabilities: ServerCapabilities, revision: Revision): ServerCapabilities {
  const { completions, ...offered } = capabilities;
  return completions !== undefined && isSince(revision, SINCE.completions) ? { ...offered, completions } : offered;
}
