import type { ErrorResponse, Exchange, Listener, Malformed, Notification, Request } from "../jsonrpc/index.ts";
import { isModern, isModernMethod } from "../protocol/index.ts";
import { Legacy } from "./legacy.ts";
import { isModernRequest, modern } from "./modern.ts";
import type { Server } from "./server.ts";

/** A listener for one connection, and what ends it. */
export interface Connection extends Listener {
  readonly ask: Exchange;
  /** The connection is over. */
  close(): void;
}

/**
 * Serves one connection in every revision that the server has switched on. Each request says by itself which era it
 * belongs to, so both can be spoken on one connection.
 */
export function dual(server: Server, send: (notification: Notification) => void): Connection {
  const stateless = modern(server);
  const modernOnly = server.revisions.every(isModern);
  let session: Legacy | undefined;
  const isStateless = (request: Request): boolean => {
    if (isModernRequest(request)) return true;
    if (request.method === "initialize") return false;
    return modernOnly || (session === undefined && isModernMethod(request.method));
  };
  return {
    ask(request, call) {
      if (isStateless(request)) return stateless(request, call);
      session ??= new Legacy(server, send);
      return session.ask(request, call);
    },
    emit: (notification) => session?.emit(notification),
    batches: () => session?.batches === true,
    malformed: (malformed: Malformed): ErrorResponse => malformed.response,
    close: () => session?.close(),
  };
}
