import type { HttpRefusal, Principal } from "../../jsonrpc/index.ts";
import type { KeyValue, Log } from "../../stores/index.ts";
import type { HttpRequest } from "./facts.ts";
import type { GuardOptions } from "./guard.ts";

/** How sessions are kept. */
export interface SessionOptions {
  /** Where sessions are kept; share it between processes so that each can go on with all of them. Default: in memory. */
  readonly store?: KeyValue;
  /** How long a session may be idle, in milliseconds. Default `limits.sessionIdle`, 30 minutes. */
  readonly idle?: number;
  /** How long a session may last, in milliseconds. Default `limits.sessionLifetime`, 24 hours. */
  readonly lifetime?: number;
}

/** Options of an HTTP endpoint; all have defaults. */
export interface HttpOptions extends GuardOptions {
  /**
   * Says who makes a request, or refuses it: return or throw an {@link HttpRefusal} with status 401 or 403. What the
   * client did before is out of reach of every other principal: sessions, streams and their events. Default: nobody is
   * asked who they are.
   */
  readonly authenticate?: (request: HttpRequest) => Principal | HttpRefusal | Promise<Principal | HttpRefusal>;
  /**
   * Says whether who asks may do what a request wants, before anything is done for it: give an {@link HttpRefusal} with
   * status 403 if not. `scopes` are those of the tools that it calls. Default: a tool with scopes is for callers that
   * have them in `auth` of their principal.
   */
  readonly authorize?: (
    principal: Principal | undefined,
    scopes: readonly string[],
    request: HttpRequest,
  ) => HttpRefusal | undefined;
  /**
   * JSON texts for everybody, by path, such as `/.well-known/…`: they are read with GET, and nobody is asked who they
   * are. The host must bring requests for these paths to the endpoint. Default: none.
   */
  readonly documents?: Readonly<Record<string, string>>;
  /**
   * The sessions of clients up to 2025-11-25. `false` answers each of their requests by itself: then handlers cannot ask
   * such clients, and clients hear of no changes. Default: sessions in memory.
   */
  readonly sessions?: SessionOptions | false;
  /**
   * Where the events of sessions are kept, so that a client which lost a stream can go on with it. `false` keeps none.
   * Default: in memory, for 10 minutes.
   */
  readonly replay?: Log | false;
  /**
   * Whether clients of 2024-11-05 are served: a GET without a session opens their stream. Default false.
   *
   * @deprecated The transport is deprecated since 2025-03-26.
   */
  readonly sse?: boolean;
  /**
   * Whether there may be several processes of the server behind one address, so that the next round of a call that asks
   * may come to another one: then the server does not ask without `stateKeys`, since 2026-07-28. Default false: it warns
   * once. `serveHttp` takes it for true where others than this machine can reach it.
   */
  readonly replicas?: boolean;
  /** The longest body of a request, in bytes. Default `limits.bodyBytes`, 4 MiB. */
  readonly bodyBytes?: number;
  /** Requests that are answered at the same time; more are refused with status 503. Default `limits.requests`. */
  readonly requests?: number;
}
