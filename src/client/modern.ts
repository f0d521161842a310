import { ErrorCode, LocalError, type ProtocolError, UnsupportedProtocolVersionError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Notification, type Params, writtenOnce } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type DiscoverResult,
  type Implementation,
  isModern,
  isRevision,
  type LoggingLevel,
  MetaKey,
  type MetaObject,
  type Revision,
  type SubscriptionFilter,
  type Method,
} from "../protocol/index.ts";
import { discoverResult, ttlOf, unsupportedProtocolVersionData } from "../protocol/methods/index.ts";
import type { Link, ServerFacts } from "./link.ts";
import type { Subscribing } from "./subscription.ts";

/** What a client says of itself with every request. */
export interface ModernIdentity {
  readonly info: Implementation | undefined;
  readonly capabilities: ClientCapabilities;
  readonly logLevel: LoggingLevel | undefined;
}

/** The `_meta` that every request of a stateless revision carries. */
export function envelope(version: Revision, { info, capabilities, logLevel }: ModernIdentity): MetaObject {
  const { roots, ...others } = capabilities;
  const meta: MetaObject = {
    [MetaKey.protocolVersion]: version,
    [MetaKey.clientCapabilities]: roots === undefined ? others : { ...others, roots: {} },
  };
  if (info !== undefined) meta[MetaKey.clientInfo] = info;
  if (logLevel !== undefined) meta[MetaKey.logLevel] = logLevel;
  return meta;
}

/** A conversation in a stateless revision. */
export class ModernLink implements Link {
  readonly version: Revision;
  server: ServerFacts;
  staleAt: number;
  readonly answers = false;
  readonly #envelope: MetaObject;

  constructor(version: Revision, { server, staleAt }: Discovered, identity: ModernIdentity) {
    this.version = version;
    this.server = server;
    this.staleAt = staleAt;
    this.#envelope = writtenOnce(envelope(version, identity));
  }

  params(params: Params, meta: MetaObject | undefined): Params {
    // A member that is written after a spread takes the engine ten times as long.
    const written: Record<string, unknown> = { _meta: undefined, ...params };
    written["_meta"] = meta === undefined ? this.#envelope : { ...meta, ...this.#envelope };
    return written;
  }

  result(method: Method, result: unknown): unknown {
    if (!isObject(result)) throw new LocalError("invalid_response", `The result of ${method.name} is no object`);
    const { resultType } = result;
    if (resultType !== undefined && resultType !== "complete") {
      throw new LocalError("invalid_response", `The result of ${method.name} is of the unknown type "${resultType}"`);
    }
    return result;
  }

  renew(result: unknown): void {
    Object.assign(this, factsOf(result as DiscoverResult));
  }

  async listen({ filter, acknowledged, failed, changed, request, signal }: Subscribing): Promise<void> {
    await request(
      "subscriptions/listen",
      { notifications: filter },
      {
        signal,
        onNotification: (notification: Notification) => {
          if (notification.method !== "notifications/subscriptions/acknowledged") return changed(notification);
          const honoured = notification.params?.["notifications"] ?? {};
          if (isFilter(honoured)) acknowledged(honoured);
          else
            failed(new LocalError("invalid_response", "What the server acknowledged is no filter of a subscription"));
        },
      },
    );
  }

  missed(): void {
    // Who listens hears of it by the end of the request.
  }

  emit(): void {
    // Nothing belongs to no request here.
  }
}

function isFilter(value: unknown): value is SubscriptionFilter {
  if (!isObject(value)) return false;
  const { resourceSubscriptions: uris = [] } = value;
  return Array.isArray(uris) && uris.every((uri) => typeof uri === "string");
}

/** What a server says of itself, and from when on that may be wrong. */
export interface Discovered {
  readonly server: ServerFacts;
  readonly staleAt: number;
}

/** What a probe for stateless revisions found. */
export type Verdict =
  /** The server speaks this revision. */
  | { readonly modern: Revision; readonly found?: Discovered }
  /** It speaks the older handshake, as far as the answer tells. */
  | { readonly legacy: true }
  /** It speaks stateless revisions, and none of ours. */
  | { readonly none: readonly string[] };

/** Reads the answer to `server/discover`. */
export function discovered(result: unknown, ours: readonly Revision[]): Verdict {
  if (discoverResult(result) !== undefined) return { legacy: true };
  const { supportedVersions } = result as DiscoverResult;
  const chosen = mutual(supportedVersions, ours);
  if (chosen === undefined) return fallback(supportedVersions, ours);
  return { modern: chosen, found: factsOf(result as DiscoverResult) };
}

function factsOf(result: DiscoverResult): Discovered {
  const { capabilities, instructions, _meta } = result;
  const info = isObject(_meta) ? (_meta[MetaKey.serverInfo] as Implementation) : undefined;
  const ttl = ttlOf(result);
  // Without a time to live nothing says that it changes.
  return {
    server: { info, capabilities, instructions },
    staleAt: ttl === 0 ? Number.POSITIVE_INFINITY : Date.now() + ttl,
  };
}

/** Reads an error that answered `server/discover`. Only what older servers cannot say is proof of a stateless one. */
export function refused(error: ProtocolError, ours: readonly Revision[]): Verdict | ProtocolError {
  if (error instanceof UnsupportedProtocolVersionError && unsupportedProtocolVersionData(error.data) === undefined) {
    const { supported } = error.data as { supported: readonly string[] };
    const chosen = mutual(supported, ours);
    return chosen === undefined ? fallback(supported, ours) : { modern: chosen };
  }
  const { code } = error;
  const proof = code === ErrorCode.HeaderMismatch || code === ErrorCode.MissingRequiredClientCapability;
  return proof ? error : { legacy: true };
}

function mutual(theirs: readonly string[], ours: readonly Revision[]): Revision | undefined {
  return ours.findLast((revision) => isModern(revision) && theirs.includes(revision));
}

/** Where no stateless revision is shared, a list that names an older one of ours still does. */
function fallback(theirs: readonly string[], ours: readonly Revision[]): Verdict {
  const shared = theirs.some((revision) => isRevision(revision) && !isModern(revision) && ours.includes(revision));
  return shared ? { legacy: true } : { none: theirs };
}
