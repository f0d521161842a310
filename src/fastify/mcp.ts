import type { IncomingMessage, ServerResponse } from "node:http";
import { nodeHandler } from "../node/index.ts";
import type { HttpOptions } from "../server/http/index.ts";
import type { Server } from "../server/index.ts";

/** The part of a Fastify instance that the plugin uses. */
interface Instance {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parser: (request: never, payload: never, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  all(
    path: string,
    handler: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
    ) => unknown,
  ): unknown;
  addHook(name: "preClose", hook: () => Promise<void>): unknown;
}

/** Options of {@link mcp}; all have defaults. */
export interface FastifyMcpOptions extends HttpOptions {
  /** The path of the endpoint. Default `/mcp`. */
  readonly path?: string;
  /** How long requests may still be answered when the application closes, in milliseconds. Default 5 s. */
  readonly graceTimeout?: number;
}

/** A plugin of Fastify. */
export type FastifyMcp = (instance: Instance, options: object, done: () => void) => void;

/**
 * Serves a server under a path of a Fastify 5 application. Bodies of this path are read by the endpoint, and not by
 * Fastify; everything else of the application stays as it is. When the application closes, the endpoint winds down.
 *
 * @example
 * ```ts
 * app.register(mcp(server, { path: "/mcp" }));
 * ```
 * @throws DefinitionError for options that make no sense.
 */
export function mcp(server: Server, options: FastifyMcpOptions = {}): FastifyMcp {
  const { path = "/mcp", graceTimeout, ...endpoint } = options;
  const handler = nodeHandler(server, endpoint);
  return (instance, _options, done) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser("*", (_request, _payload, parsed) => parsed(null));
    for (const served of [path, ...Object.keys(endpoint.documents ?? {})]) {
      instance.all(served, (request, reply) => {
        reply.hijack();
        handler(request.raw, reply.raw);
      });
    }
    instance.addHook("preClose", () => handler.close(graceTimeout === undefined ? {} : { graceTimeout }));
    done();
  };
}
