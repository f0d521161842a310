import type { Middleware } from "../jsonrpc/index.ts";
import type { ClientCapabilities, Implementation, LoggingLevel, Revision } from "../protocol/index.ts";
import type { KeyValue } from "../stores/index.ts";
import type { ClientExtension } from "./client-extension.ts";
import type { Handlers } from "./handlers.ts";
import type { ServerFacts } from "./link.ts";
import { patience } from "./patience.ts";

/** Where a client writes what nobody else is told; `console` fits. */
export interface Logger {
  warn(...data: readonly unknown[]): void;
}

/** What a client learnt of a server in an earlier connection; it is plain JSON, to be kept anywhere. */
export interface Prior {
  /** The revision that was spoken. */
  readonly version: Revision;
  /** What the server said of itself. */
  readonly server: ServerFacts;
  /** When it was learnt, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * A cache in the memory of one client, for as long as the client lives.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
 */
export interface MemoryCacheOptions {
  /** Answers that are kept at the same time; those that were not used longest go first. Default `limits.cacheEntries`. */
  readonly entries?: number;
  /** Length of the answers that are kept together, in characters. Default `limits.cacheLength`. */
  readonly length?: number;
}

/** A cache in a store, which outlives clients and may be shared by them and by processes. */
export interface StoreCacheOptions {
  /** Where answers are kept; the store bounds itself. */
  readonly store: KeyValue;
  /** Names the server, such as by its URL. What one server said is never given for another. */
  readonly server: string;
  /**
   * Names whose answers these are: everybody whose requests carry the same authorization. Private answers are never given
   * to another owner; public ones are.
   */
  readonly owner: string;
}

/** Options of a client; all have defaults. */
export interface ClientOptions {
  /** Who the client is. Default: mcplex and its version. */
  readonly info?: Implementation;
  /** What to do with what the server starts; a handler for a request declares the capability that it needs. */
  readonly on?: Handlers;
  /** Capabilities beside or instead of those that `on` shows. */
  readonly capabilities?: ClientCapabilities;
  /** The revisions to speak. Default: all, the newest that the server has first. */
  readonly revisions?: readonly Revision[];
  /**
   * `client.prior` of an earlier connection to the same server: saves the probe. Of an older revision it is believed for
   * a day, since a server that learns a newer one does not say so by itself.
   */
  readonly prior?: Prior;
  /** Extensions of the protocol to declare and to use; see `clientSide` of `mcplex/client/extensions`. Default: none. */
  readonly extensions?: readonly ClientExtension[];
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
  /** How long a probe may stay unanswered before the older handshake is tried. Default `limits.probeTimeout`, 10 s. */
  readonly probeTimeout?: number;
  /** Patience in milliseconds with requests on which nothing happens. Default `limits.idleTimeout`, 60 s. */
  readonly timeout?: number;
  /** Patience in milliseconds with requests, whatever happens. Default `limits.totalTimeout`, 10 min. */
  readonly totalTimeout?: number;
  /** Asks servers since 2026-07-28 for log messages of this severity and above. @deprecated With logging itself. */
  readonly logLevel?: LoggingLevel;
  /** Wraps every request; the first one is the outermost. */
  readonly middleware?: readonly Middleware[];
  /** Whether structured content is checked against the output schema that the server declared. Default true. */
  readonly checkOutput?: boolean;
  /**
   * Keeps lists and resources for as long as the server allows, and gives them again. Default true: in the memory of this
   * client. `false` asks the server each time.
   */
  readonly cache?: boolean | MemoryCacheOptions | StoreCacheOptions;
  /** Told what went wrong and was survived: stray output of a server, late answers. Default: nobody is told. */
  readonly logger?: Logger;
  /** Told when a server that ended was started again, and when it could not be. */
  readonly onRestart?: (outcome: { readonly attempt: number; readonly error?: unknown }) => void;
}

/** @throws DefinitionError for options that make no sense. */
export function checkClientOptions(options: ClientOptions): void {
  for (const name of ["timeout", "totalTimeout", "probeTimeout"] as const) patience(name, options[name], 0);
}
