import { ErrorCode, type ErrorObject, InvalidParamsError, MethodNotFoundError, type ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Answered, type Call, failure, type Request, Serialized, writtenOnce } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type Implementation,
  isModern,
  type LoggingLevel,
  MetaKey,
  type MetaObject,
  type Result,
  type Revision,
  unsupportedVersion,
  type Method,
} from "../protocol/index.ts";
import { deprecation, methodsOf, modernMeta } from "../protocol/methods/index.ts";
import type { Known } from "./answers.ts";
import type { ClientFacts } from "./client-facts.ts";
import { Context } from "./context.ts";
import type { Sealing } from "./sealing.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Server } from "./server.ts";
import { type Ending, textResult } from "./stringify.ts";
import type { ListName, Way, Wire } from "./wire.ts";

/** Whether a request says in its `_meta` what older revisions say in a handshake. */
export function isModernRequest(request: Request): boolean {
  const meta = request.params?.["_meta"];
  return isObject(meta) && Object.hasOwn(meta, MetaKey.protocolVersion);
}

/**
 * Answers the requests of stateless revisions: all that is known of the client comes with the request.
 *
 * What is checked before a handler runs stands in steps of their own, so that HTTP can put the checks of its headers
 * between them.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#_meta
 */
export class Modern {
  readonly #dispatcher: Dispatcher;
  /** One for each revision that is spoken. */
  readonly #wires: readonly Wire[];

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    const { server } = dispatcher;
    this.#wires = server.revisions.filter(isModern).map((revision) => new ModernWire(revision, server));
  }

  /** Checks a request step by step, and answers it. */
  ask(request: Request, call: Call): Answered {
    const problem = this.meta(request) ?? this.version(request);
    if (problem !== undefined) return failure(request.id, problem);
    const context = this.context(request, call);
    const known = this.find(context);
    return known !== undefined && this.offers(known)
      ? this.answer(known, context)
      : failure(request.id, this.unknown(request));
  }

  /** What is wrong with the `_meta` that every request carries. */
  meta(request: Request): ProtocolError | undefined {
    const problem = modernMeta(request.params);
    return problem === undefined ? undefined : new InvalidParamsError(problem);
  }

  /** What is wrong with the revision of a request whose `_meta` is right. */
  version(request: Request): ProtocolError | undefined {
    const version = versionOf(request);
    const { revisions } = this.#dispatcher.server;
    return this.#wire(version) === undefined ? unsupportedVersion(revisions, version) : undefined;
  }

  /** What a handler gets with a request whose revision is spoken. */
  context(request: Request, call: Call): Context {
    const meta = request.params?.["_meta"] as MetaObject;
    return new Context(request, call, new ModernClient(meta), this.#wire(meta[MetaKey.protocolVersion]) as Wire);
  }

  /** The method of a request. */
  find({ request, wire }: Context): Known | undefined {
    return this.#dispatcher.find(request.method, wire.revision);
  }

  /** Whether the capability that a method needs is offered. */
  offers({ method }: Known): boolean {
    return this.#dispatcher.offers(method);
  }

  #wire(version: unknown): Wire | undefined {
    for (const wire of this.#wires) if (wire.revision === version) return wire;
    return undefined;
  }

  /** What is wrong with a request of which the method is not known, or not offered. */
  unknown({ method }: Request): ProtocolError {
    return new MethodNotFoundError(`Method not found: ${method}`);
  }

  /** Answers a request that passed the steps. */
  answer(known: Known, context: Context): Answered {
    const { request } = context;
    try {
      const wrong = known.method.params(request.params);
      if (wrong !== undefined) throw new InvalidParamsError(wrong);
      return this.#dispatcher.answer(known, context);
    } catch (error) {
      return failure(request.id, this.#dispatcher.toProtocolError(error, request));
    }
  }
}

/** The revision that the `_meta` of a request says. */
export function versionOf(request: Request): unknown {
  return (request.params?.["_meta"] as MetaObject | undefined)?.[MetaKey.protocolVersion];
}

/** What the `_meta` of one request says of its client. */
class ModernClient implements ClientFacts {
  readonly #meta: MetaObject;

  constructor(meta: MetaObject) {
    this.#meta = meta;
  }

  get version(): Revision {
    return this.#meta[MetaKey.protocolVersion] as Revision;
  }

  get info(): Implementation | undefined {
    return this.#meta[MetaKey.clientInfo] as Implementation | undefined;
  }

  get capabilities(): ClientCapabilities {
    return this.#meta[MetaKey.clientCapabilities] as ClientCapabilities;
  }

  get logLevel(): LoggingLevel | undefined {
    return this.#meta[MetaKey.logLevel] as LoggingLevel | undefined;
  }
}

/** Codes of older revisions that must not be used any more, and what stands for them. */
const OLD_CODES: ReadonlyMap<number, number> = new Map([
  [ErrorCode.ResourceNotFound, ErrorCode.InvalidParams],
  [ErrorCode.UrlElicitationRequired, ErrorCode.InternalError],
]);

/** Every result says that it is complete, and who gives it; some say how long they may be kept. */
class ModernWire implements Wire, Ending {
  readonly revision: Revision;
  readonly sealing: Sealing;
  readonly progressMessage = true;
  readonly tail: string;
  readonly #server: Server;
  readonly #identity: Record<string, unknown>;

  constructor(revision: Revision, server: Server) {
    this.revision = revision;
    this.sealing = server.sealing;
    this.#server = server;
    this.#identity = writtenOnce(server.options.identity === false ? {} : { [MetaKey.serverInfo]: server.info });
    this.tail = `,"resultType":"complete","_meta":${JSON.stringify(this.#identity)}}`;
  }

  way(method: string): Way | undefined {
    return methodsOf(this.revision).client.get(method)?.asks === true ? "rounds" : undefined;
  }

  result(method: Method, result: Result): Serialized {
    if (method.cacheable === undefined && result._meta === undefined && result.resultType === undefined) {
      const written = textResult(result, this);
      if (written !== undefined) return written;
      const text = JSON.stringify(result);
      // Two texts put together cost less than one object more to serialise.
      if (text.length > 2) return new Serialized(text.slice(0, -1) + this.tail);
    }
    const isComplete = result.resultType === undefined || result.resultType === "complete";
    const hints = method.cacheable === undefined || !isComplete ? {} : { ttlMs: 0, cacheScope: "private" };
    const _meta = { ...this.#identity, ...result._meta };
    return Serialized.of({ resultType: "complete", ...hints, ...result, _meta });
  }

  complete(value: Record<string, unknown>): Record<string, unknown> {
    value["resultType"] = "complete";
    value["_meta"] = this.#identity;
    return value;
  }

  deprecated(method: Method | undefined): void {
    const text = method && deprecation(method, this.revision);
    if (text !== undefined) this.#server.warnOnce(text);
  }

  entry(_list: ListName, entry: object): object {
    return entry;
  }

  error(error: ProtocolError): ErrorObject {
    const told = error.toJSON();
    const code = OLD_CODES.get(told.code);
    return code === undefined ? told : { ...told, code };
  }
}
