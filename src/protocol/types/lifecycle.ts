import type { Implementation } from "./base.ts";
import type { ClientCapabilities, ServerCapabilities } from "./capabilities.ts";
import type { CacheableResult, RequestParams, Result } from "./messages.ts";

/**
 * The result of `server/discover`. Since 2026-07-28.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/discover
 */
export interface DiscoverResult extends CacheableResult {
  resultType?: "complete";
  /** The revisions that the server speaks. Those before 2026-07-28 are reached by `initialize` alone. */
  supportedVersions: readonly string[];
  /** What the server offers. */
  capabilities: ServerCapabilities;
  /** How to use the server, for the model. */
  instructions?: string;
}

/**
 * The parameters of `initialize`, the first request of a connection up to 2025-11-25.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization
 */
export interface InitializeRequestParams extends RequestParams {
  /** The newest revision that the client wants to speak. */
  protocolVersion: string;
  /** What the client can do. */
  capabilities: ClientCapabilities;
  /** The software that asks. */
  clientInfo: Implementation;
}

/**
 * The result of `initialize`. Up to 2025-11-25.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization
 */
export interface InitializeResult extends Result {
  resultType?: "complete";
  /** The revision that will be spoken: the one asked for, or another that the server prefers. */
  protocolVersion: string;
  /** What the server offers. */
  capabilities: ServerCapabilities;
  /** The software that answers. */
  serverInfo: Implementation;
  /** How to use the server, for the model. */
  instructions?: string;
}
