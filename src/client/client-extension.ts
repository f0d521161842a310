import { isObject } from "../json.ts";
import { DefinitionError } from "../errors.ts";
import type { Exchange, Middleware, Notification, Params, Transport } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type Extension,
  type ExtensionMethod,
  type ExtensionNotifications,
  type ExtensionRequests,
  exists,
  type JSONObject,
  type NotificationInput,
  type RequestInput,
  type RequestResult,
  type Revision,
  type ServerCapabilities,
  type Method,
} from "../protocol/index.ts";
import { extensionMethod as wholeMethod } from "../protocol/methods/index.ts";
import type { ManualOptions, RequestOptions } from "./request.ts";

/** A request whose result is of a kind that an extension claims. */
export interface Claimed {
  readonly method: string;
  readonly params: Params;
  readonly options: RequestOptions | ManualOptions;
  /** The connection that the request went over. */
  readonly link: ClientLink;
}

/** Makes the result that the caller gets of one of a kind that the protocol does not know. */
export type ResultClaim = (result: never, asked: Claimed) => unknown;

/** An extension as the server of a connection has it. */
export interface TheirExtension<Q extends ExtensionRequests, N extends ExtensionNotifications> {
  /** What the server declared beside the id; `undefined` where it has not the extension. It is unchecked. */
  readonly settings: JSONObject | undefined;
  /**
   * Sends a request of the extension, and checks its result.
   *
   * @throws LocalError `not_supported` when the server did not declare the extension, `invalid_response` for a result
   * that the schema refuses; ProtocolError that the server answered.
   */
  request<M extends keyof Q & string>(
    method: M,
    params: RequestInput<Q[M]>,
    options?: RequestOptions,
  ): Promise<RequestResult<Q[M]>>;
  /** Sends a notification of the extension. */
  notify<M extends keyof N & string>(method: M, params: NotificationInput<N[M]>): Promise<void>;
}

/** Options of a request that an extension sends. */
export type LinkOptions = RequestOptions & {
  /** Takes what belongs to the request and is no progress. */
  readonly onNotification?: (notification: Notification) => void;
};

/** What an extension works with on the client's side. */
export interface ClientLink {
  /** The revision that is spoken. */
  readonly version: Revision;
  /** What the server declared. */
  readonly capabilities: ServerCapabilities;
  /** Settles, never rejects, when the connection is over. */
  readonly closed: Promise<unknown>;
  /** Sends a request, and gives its result. */
  request(method: string, params: object, options?: LinkOptions): Promise<unknown>;
  /** Sends a notification. */
  notify(notification: Notification): Promise<void>;
  /** Answers a question of the server by the client's own handler for it. */
  answer(method: string, params: Params, signal: AbortSignal): Promise<unknown>;
}

/** What the option `extensions` of a client takes; made by `clientSide` of `mcplex/client/extensions`. */
export interface ClientExtension {
  readonly extension: Extension;
  /** What it adds to the capabilities of the client in a revision. */
  declares(revision: Revision): ClientCapabilities | undefined;
  /** Its requests. */
  readonly methods: ReadonlyMap<string, ExtensionMethod>;
  /** Takes a notification; `undefined` where it is none of the extension's. */
  hear(notification: Notification, report: (problem: unknown) => void): void;
  /** Takes results whose `resultType` is the extension's own, by method and type. */
  readonly results: Readonly<Record<string, Readonly<Record<string, ResultClaim>>>>;
  /** What the user of the client gets. */
  theirs(link: ClientLink): TheirExtension<any, any>;
  /** Stands around every request of a connection, next to the transport. */
  readonly middleware?: Middleware;
}

/** Capabilities with what extensions add to them in a revision. */
export function withExtensions(
  capabilities: ClientCapabilities,
  used: readonly ClientExtension[] | undefined,
  revision: Revision,
): ClientCapabilities {
  if (used === undefined) return capabilities;
  const all = [capabilities, ...used.map((one) => one.declares(revision))];
  const extensions = Object.assign({}, ...all.map((one) => one?.extensions));
  return Object.assign({}, ...all, Object.keys(extensions).length > 0 && { extensions });
}

/** The request of this name, where an extension has it in a revision. */
export function extensionMethod(
  used: readonly ClientExtension[] = [],
  name: string,
  revision: Revision,
): Method | undefined {
  const found = used.find(({ methods }) => methods.has(name))?.methods.get(name);
  return found !== undefined && exists(found, revision) ? wholeMethod(found) : undefined;
}

/** Who takes results of a type that the protocol does not know. */
export function resultClaim(
  used: readonly ClientExtension[] = [],
  method: string,
  result: unknown,
): ResultClaim | undefined {
  const type = isObject(result) ? result["resultType"] : undefined;
  if (typeof type !== "string") return undefined;
  for (const { results } of used) {
    const claims = results[method];
    if (claims !== undefined && Object.hasOwn(claims, type)) return claims[type];
  }
  return undefined;
}

/** What the user of a client gets of an extension. */
export function theirExtension(
  extension: unknown,
  used: readonly ClientExtension[] = [],
  link: ClientLink,
): TheirExtension<any, any> {
  const found = used.find((one) => one.extension === extension);
  if (found === undefined) {
    throw new DefinitionError(`Connect with extensions: [clientSide(...)] to use ${(extension as Extension)?.id}`);
  }
  return found.theirs(link);
}

/** How requests leave: through the middleware of a client and of its extensions, where there is any. */
export function throughMiddleware(
  { exchange }: Transport,
  middleware: readonly Middleware[] = [],
  extensions: readonly ClientExtension[] = [],
): Transport["exchange"] {
  const all = [...middleware, ...extensions.flatMap((one) => one.middleware ?? [])];
  if (all.length === 0) return exchange;
  return all.reduceRight<Exchange>(
    (next, wrap) => wrap(next),
    async (request, call) => exchange(request, call),
  );
}
