import { ErrorCode, type ErrorObject, InvalidParamsError, MethodNotFoundError, type ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Exchange, failure, type Request, Serialized } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type Implementation,
  isModern,
  type LoggingLevel,
  MetaKey,
  type MetaObject,
  type Method,
  methodsOf,
  modernMeta,
  type Result,
  type Revision,
  unsupportedVersion,
} from "../protocol/index.ts";
import type { ClientFacts } from "./client-facts.ts";
import { Context } from "./context.ts";
import type { Server } from "./server.ts";
import type { ListName, Wire } from "./wire.ts";

/** Whether a request says in its `_meta` what older revisions say in a handshake. */
export function isModernRequest(request: Request): boolean {
  const meta = request.params?.["_meta"];
  return isObject(meta) && Object.hasOwn(meta, MetaKey.protocolVersion);
}

/**
 * Answers the requests of stateless revisions: all that is known of the client comes with the request.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#_meta
 */
export function modern(server: Server): Exchange {
  const wires = new Map<string, Wire>();
  for (const revision of server.revisions) {
    if (isModern(revision)) wires.set(revision, new ModernWire(revision, server));
  }
  return (request, call) => {
    try {
      const problem = modernMeta(request.params);
      if (problem !== undefined) throw new InvalidParamsError(problem);
      const meta = request.params?.["_meta"] as MetaObject;
      const wire = wires.get(meta[MetaKey.protocolVersion] as string);
      if (wire === undefined) throw unsupportedVersion(server.revisions, meta[MetaKey.protocolVersion]);
      const method = methodsOf(wire.revision).client.get(request.method);
      if (method === undefined || !server.offers(method)) {
        throw new MethodNotFoundError(`Method not found: ${request.method}`);
      }
      const wrong = method.params(request.params);
      if (wrong !== undefined) throw new InvalidParamsError(wrong);
      return server.answer(method, request, new Context(request, call, new ModernClient(meta), wire), wire);
    } catch (error) {
      return Promise.resolve(failure(request.id, server.toProtocolError(error, request)));
    }
  };
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
class ModernWire implements Wire {
  readonly revision: Revision;
  readonly asks = false;
  readonly progressMessage = true;
  readonly #identity: Record<string, unknown>;
  readonly #tail: string;

  constructor(revision: Revision, server: Server) {
    this.revision = revision;
    this.#identity = server.options.identity === false ? {} : { [MetaKey.serverInfo]: server.info };
    this.#tail = `,"resultType":"complete","_meta":${JSON.stringify(this.#identity)}}`;
  }

  result(method: Method, result: Result): Serialized {
    if (method.cacheable === undefined && result._meta === undefined && result.resultType === undefined) {
      const text = JSON.stringify(result);
      // Two texts put together cost less than one object more to serialise.
      if (text.length > 2) return new Serialized(text.slice(0, -1) + this.#tail);
    }
    const hints = method.cacheable === undefined ? {} : { ttlMs: 0, cacheScope: "private" };
    const _meta = { ...this.#identity, ...result._meta };
    return Serialized.of({ resultType: "complete", ...hints, ...result, _meta });
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
