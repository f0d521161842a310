import { InternalError, InvalidParamsError, InvalidRequestError, MethodNotFoundError } from "../errors.ts";
import { type Call, failure, type Notification, type Params, type Request, type Response } from "../jsonrpc/index.ts";
import {
  IMPLEMENTATION_SINCE,
  type InitializeRequestParams,
  type InitializeResult,
  isModern,
  isSince,
  known,
  type LoggingLevel,
  methodsOf,
  type Result,
  type Revision,
  type ServerCapabilities,
  SINCE,
  unsupportedVersion,
} from "../protocol/index.ts";
import { limits } from "../limits.ts";
import type { ChangingList } from "./changes.ts";
import type { ClientFacts } from "./client-facts.ts";
import { Context } from "./context.ts";
import { type Answer, invoke } from "./invoke.ts";
import { legacyWire } from "./legacy-wire.ts";
import type { Server } from "./server.ts";

/**
 * One conversation of a revision that opens with `initialize`: it remembers what the handshake said.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
 */
export class Legacy {
  readonly #server: Server;
  readonly #send: (notification: Notification) => void;
  readonly #subscribed = new Set<string>();
  readonly #unsubscribe: () => void;
  readonly #answers: ReadonlyMap<string, Answer>;
  #client: SessionClient | undefined;
  #declared: ServerCapabilities | undefined;
  #initialized = false;

  constructor(server: Server, send: (notification: Notification) => void) {
    this.#server = server;
    this.#send = send;
    this.#unsubscribe = server.changes.subscribe((change) => this.#changed(change));
    this.#answers = new Map<string, Answer>([
      ["ping", { find: () => undefined, run: () => ({}) }],
      ["initialize", { find: (params) => params, run: (params) => this.#initialize(params as Params) }],
      ["logging/setLevel", this.#effect((params) => this.#setLevel(params["level"] as LoggingLevel))],
      ["resources/subscribe", this.#effect((params) => this.#subscribe(params["uri"] as string))],
      ["resources/unsubscribe", this.#effect((params) => this.#subscribed.delete(params["uri"] as string))],
    ]);
  }

  /** Answers one request. */
  ask(request: Request, call: Call): Promise<Response> {
    try {
      const client = this.#client ?? this.#stranger(request);
      const wire = legacyWire(client.version);
      const method = methodsOf(client.version).client.get(request.method);
      if (method === undefined || !this.#server.offers(method)) {
        throw new MethodNotFoundError(`Method not found: ${request.method}`);
      }
      const wrong = method.params(request.params);
      if (wrong !== undefined) throw new InvalidParamsError(wrong);
      const context = new Context(request, call, client, wire);
      const own = this.#answers.get(request.method);
      if (own === undefined) return this.#server.answer(method, request, context, wire);
      return invoke(own, method, request, context, wire, (error) => this.#server.report(error, request));
    } catch (error) {
      return Promise.resolve(failure(request.id, this.#server.toProtocolError(error, request)));
    }
  }

  /** Whether the revision that was agreed on has batches. */
  get batches(): boolean {
    return this.#client?.version === "2025-03-26";
  }

  /** Takes one notification. */
  emit(notification: Notification): void {
    if (notification.method === "notifications/initialized") this.#initialized = true;
    else if (notification.method === "notifications/roots/list_changed") this.#server.options.onRootsChanged?.();
  }

  /** Ends the conversation. */
  close(): void {
    this.#unsubscribe();
  }

  /** Before the handshake only the handshake and pings are answered. */
  #stranger(request: Request): SessionClient {
    const version = this.#version(request.params?.["protocolVersion"]);
    if (request.method !== "initialize" && request.method !== "ping") {
      throw new InvalidRequestError("Open the conversation with initialize, or say the revision in _meta");
    }
    return new SessionClient(version, { clientInfo: undefined, capabilities: {} });
  }

  #initialize(params: Params): Result {
    if (this.#client !== undefined) throw new InvalidRequestError("The conversation is initialized already");
    const { protocolVersion, clientInfo, capabilities } = params as unknown as InitializeRequestParams;
    const version = this.#version(protocolVersion);
    this.#client = new SessionClient(version, { clientInfo, capabilities });
    this.#declared = offeredIn(this.#server.capabilities(), version);
    const result: InitializeResult = {
      protocolVersion: version,
      capabilities: this.#declared,
      serverInfo: known(this.#server.info, version, IMPLEMENTATION_SINCE),
    };
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

  #effect(act: (params: Params) => unknown): Answer {
    return {
      find: (params) => params,
      run: (params) => {
        act(params as Params);
        return {};
      },
    };
  }

  #setLevel(level: LoggingLevel): void {
    if (this.#client !== undefined) this.#client.logLevel = level;
  }

  #subscribe(uri: string): void {
    if (this.#subscribed.size >= limits.listenUris && !this.#subscribed.has(uri)) {
      throw new InternalError("Too many resources are subscribed to", { limit: "listenUris" });
    }
    this.#subscribed.add(uri);
  }

  /** Tells of what the handshake declared, and of nothing else. */
  #changed(change: Notification): void {
    if (!this.#initialized) return;
    const uri = change.params?.["uri"];
    const list = change.method.split("/")[1] as ChangingList;
    const told = uri === undefined ? this.#declared?.[list]?.listChanged === true : this.#subscribed.has(uri as string);
    if (told) this.#send(change);
  }
}

interface Handshake {
  readonly clientInfo: ClientFacts["info"];
  readonly capabilities: ClientFacts["capabilities"];
}

/** What the handshake said of the client. */
class SessionClient implements ClientFacts {
  readonly version: Revision;
  readonly info: ClientFacts["info"];
  readonly capabilities: ClientFacts["capabilities"];
  /** Until the client chooses, the server does: informational messages and above. */
  logLevel: LoggingLevel = "info";

  constructor(version: Revision, { clientInfo, capabilities }: Handshake) {
    this.version = version;
    this.info = clientInfo;
    this.capabilities = capabilities;
  }
}

/** Capabilities without those that a revision does not know. */
function offeredIn(capabilities: ServerCapabilities, revision: Revision): ServerCapabilities {
  const { extensions: _, completions, ...offered } = capabilities;
  return completions !== undefined && isSince(revision, SINCE.completions) ? { ...offered, completions } : offered;
}
