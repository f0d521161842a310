import { type FetchHandler, fetchHandler, type HttpOptions } from "../server/http/index.ts";
import type { Server } from "../server/index.ts";

/** The part of a Hono context that the handler uses. */
interface HonoContext {
  readonly req: { readonly raw: Request; text(): Promise<string> };
}

/** A handler of Hono, with what winds it down. */
export interface HonoHandler {
  (context: HonoContext): Promise<Response>;
  /** Winds down; see `Endpoint.close`. */
  close: FetchHandler["close"];
}

/**
 * Serves a server under a path of a Hono 4 application, on whatever Hono runs. A body that middleware has read is taken
 * as it is.
 *
 * @example
 * ```ts
 * app.all("/mcp", mcp(server, { hosts: ["mcp.example.com"] }));
 * ```
 * @throws DefinitionError for options that make no sense.
 */
export function mcp(server: Server, options: HttpOptions = {}): HonoHandler {
  const handler = fetchHandler(server, options);
  const handle = async ({ req }: HonoContext): Promise<Response> =>
    req.raw.bodyUsed ? handler(req.raw, { body: await req.text() }) : handler(req.raw);
  return Object.assign(handle, { close: handler.close });
}
