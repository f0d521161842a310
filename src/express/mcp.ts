import { type NodeHandler, nodeHandler } from "../node/index.ts";
import type { HttpOptions } from "../server/http/index.ts";
import type { Server } from "../server/index.ts";

/** A request handler of Express, with what winds it down. */
export type ExpressHandler = NodeHandler;

/**
 * Serves a server under a path of an Express 5 application. A body that `express.json()` has read is taken as it is; the
 * endpoint checks host, origin and size by itself, so it needs no middleware of its own.
 *
 * @example
 * ```ts
 * app.all("/mcp", mcp(server));
 * ```
 * @throws DefinitionError for options that make no sense.
 */
export function mcp(server: Server, options: HttpOptions = {}): ExpressHandler {
  return nodeHandler(server, options);
}
