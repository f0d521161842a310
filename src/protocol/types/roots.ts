import type { MetaObject } from "./base.ts";

/**
 * A folder or file that a server may work on. A hint, and no access control.
 *
 * @deprecated Take paths as arguments of tools, as resource URIs or from the server's configuration.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/roots
 */
export interface Root {
  /** Where it is; begins with `file://`. */
  uri: string;
  /** A name for people. */
  name?: string;
  /** Facts beside the root. Since 2025-06-18. */
  _meta?: MetaObject;
}

/**
 * Asks a client for its roots: a member of {@link InputRequests}, and a request of its own up to 2025-11-25.
 *
 * @deprecated Take paths as arguments of tools, as resource URIs or from the server's configuration.
 */
export interface ListRootsRequest {
  method: "roots/list";
  /** May be left out. */
  params?: {
    /** Facts beside the question. */
    _meta?: MetaObject;
  };
}

/**
 * The roots of a client.
 *
 * @deprecated Take paths as arguments of tools, as resource URIs or from the server's configuration.
 */
export interface ListRootsResult {
  /** All of them; there are no pages. */
  roots: readonly Root[];
  /** Facts beside the roots. Up to 2025-11-25. */
  _meta?: MetaObject;
}
