import { DefinitionError } from "../errors.ts";
import type { Notification } from "../jsonrpc/index.ts";
import type { InferInput, InferOutput, Schema } from "../schema/index.ts";
import { extensionIdProblem } from "./names.ts";
import type { Revision } from "./revisions.ts";

/** The revisions in which something of an extension exists. */
export interface ExtensionSpan {
  /** The first revision that has it. Default: the first of all, or that of the extension. */
  readonly since?: Revision;
  /** The last revision that has it. Default: none, or that of the extension. */
  readonly until?: Revision;
}

/** A request that an extension adds; clients send it. */
export interface ExtensionRequest extends ExtensionSpan {
  /** The parameters, without `_meta`. A server answers what does not match with -32602. Default: any object. */
  readonly params?: Schema;
  /** The result, without `_meta` and `resultType`; both sides check it. Default: any object. */
  readonly result?: Schema;
  /** Whether the result carries `ttlMs` and `cacheScope` (since 2026-07-28). Default false. */
  readonly cacheable?: true;
  /** The parameter that HTTP mirrors in the header `Mcp-Name` (since 2026-07-28); a string. */
  readonly mcpName?: string;
  /** Whether a client must have declared the extension; one that has not is answered -32021. Default true. */
  readonly required?: boolean;
}

/** A notification that an extension adds. Either side may send it. */
export interface ExtensionNotification {
  /** The parameters, without `_meta`; what does not match is dropped and reported. Default: any object. */
  readonly params?: Schema;
}

/** Requests by method. */
export type ExtensionRequests = Readonly<Record<string, ExtensionRequest>>;
/** Notifications by method. */
export type ExtensionNotifications = Readonly<Record<string, ExtensionNotification>>;

/** What {@link extension} takes. */
export interface ExtensionDefinition<Q extends ExtensionRequests, N extends ExtensionNotifications>
  extends ExtensionSpan {
  /** A `_meta` key with a prefix, such as `com.example/audit`. */
  readonly id: string;
  readonly requests?: Q;
  readonly notifications?: N;
}

/** An extension of the protocol, as both sides know it; made by {@link extension}. */
export class Extension<
  Q extends ExtensionRequests = ExtensionRequests,
  N extends ExtensionNotifications = ExtensionNotifications,
> {
  /** The name under which both sides declare it. */
  readonly id: string;
  readonly span: ExtensionSpan;
  readonly requests: Q;
  readonly notifications: N;

  /** @internal */
  constructor({ id, since, until, requests, notifications }: ExtensionDefinition<Q, N>) {
    const problem = typeof id === "string" ? extensionIdProblem(id) : "an extension has an id";
    if (problem !== undefined) throw new DefinitionError(`"${id}" is no id of an extension: ${problem}`);
    this.id = id;
    this.span = { since, until };
    this.requests = requests ?? ({} as Q);
    this.notifications = notifications ?? ({} as N);
  }

  /** A notification of this extension, for whatever sends one: `context.emit(audit.notification(...))`. */
  notification<M extends keyof N & string>(method: M, params: NotificationInput<N[M]>): Notification {
    return { jsonrpc: "2.0", method, params: params as Notification["params"] & {} };
  }
}

/**
 * Defines an extension of the protocol, once for both sides: the id that they negotiate, and the methods that it adds.
 * Nothing of it is on until a server has `server.use(serverSide(...))` and a client `extensions: [clientSide(...)]`.
 *
 * @example
 * ```ts
 * export const audit = extension({
 *   id: "com.example/audit",
 *   requests: { "audit/list": { params: z.object({ day: z.string() }), result: z.object({ entries: z.array(z.string()) }) } },
 *   notifications: { "audit/added": { params: z.object({ entry: z.string() }) } },
 * });
 * ```
 * @throws DefinitionError when the id is no `_meta` key with a prefix.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/extensions
 */
export function extension<
  const Q extends ExtensionRequests = Readonly<Record<never, never>>,
  const N extends ExtensionNotifications = Readonly<Record<never, never>>,
>(definition: ExtensionDefinition<Q, N>): Extension<Q, N> {
  return new Extension(definition);
}

/** Where no schema says more. */
export type AnyMembers = Readonly<Record<string, unknown>>;

type InputOf<S> = [S] extends [Schema] ? InferInput<S> : AnyMembers;
type OutputOf<S> = [S] extends [Schema] ? InferOutput<S> : AnyMembers;

/** What a client sends as parameters of a request. */
export type RequestInput<X extends ExtensionRequest> = InputOf<X["params"]>;
/** What the handler of a request gets. */
export type RequestOutput<X extends ExtensionRequest> = OutputOf<X["params"]>;
/** The result of a request. */
export type RequestResult<X extends ExtensionRequest> = OutputOf<X["result"]>;
/** What the sender of a notification gives. */
export type NotificationInput<X extends ExtensionNotification> = InputOf<X["params"]>;
/** What the handler of a notification gets. */
export type NotificationOutput<X extends ExtensionNotification> = OutputOf<X["params"]>;
