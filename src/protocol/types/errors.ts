import type { ClientCapabilities } from "./capabilities.ts";
import type { ElicitRequestURLParams } from "./elicitation.ts";

/**
 * The `data` of a `MissingRequiredClientCapabilityError`. Since 2026-07-28.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes
 */
export interface MissingRequiredClientCapabilityErrorData {
  /** What the request needs and the client did not declare; nothing else. */
  requiredCapabilities: ClientCapabilities;
}

/**
 * The `data` of an `UnsupportedProtocolVersionError`. Since 2026-07-28.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export interface UnsupportedProtocolVersionErrorData {
  /** The revisions that the server speaks. */
  supported: readonly string[];
  /** The revision that the request was written in. */
  requested: string;
}

/**
 * The `data` of a `UrlElicitationRequiredError`. In 2025-11-25 alone.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export interface URLElicitationRequiredErrorData {
  /** The pages that the user must visit first, each with an `elicitationId`. */
  elicitations: readonly ElicitRequestURLParams[];
}
