import type { ErrorResponse, Exchange, Listener, Malformed, Notification, Request } from "../jsonrpc/index.ts";
import { isModern, isModernMethod, type Revision } from "../protocol/index.ts";
import { Legacy, type LegacyState, unknownClient } from "./legacy.ts";
import { isModernRequest, Modern } from "./modern.ts";
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
  const eras = new Eras(server);
  let session: Legacy | undefined;
  let unlisten: (() => void) | undefined;
  return {
    ask(request, call) {
      if (eras.isStateless(request, session !== undefined)) return eras.modern.ask(request, call);
      if (session === undefined) {
        session = eras.legacy();
        unlisten = session.listen(send);
      }
      return session.ask(request, call);
    },
    emit(notification) {
      if (session === undefined) server.hear(notification, undefined);
      else session.emit(notification);
    },
    batches: () => session?.batches === true,
    malformed: (malformed: Malformed): ErrorResponse => malformed.response,
    close: () => unlisten?.(),
  };
}

/**
 * The two eras of a server, and which of them a request belongs to: for a binding that keeps the conversations of older
 * revisions by itself, as HTTP does.
 */
export class Eras {
  readonly server: Server;
  /** Answers what belongs to no conversation. */
  readonly modern: Modern;
  /** Whether there are no conversations at all. */
  readonly modernOnly: boolean;

  constructor(server: Server) {
    this.server = server;
    this.modern = new Modern(server);
    this.modernOnly = server.revisions.every(isModern);
  }

  /** Whether a request belongs to no conversation; `open` says whether one is open. */
  isStateless(request: Request, open: boolean): boolean {
    if (isModernRequest(request)) return true;
    if (request.method === "initialize") return false;
    return this.modernOnly || (!open && isModernMethod(request.method));
  }

  /** Begins a conversation of an older revision, or goes on with the one that `state` remembers. */
  legacy(state?: LegacyState): Legacy {
    return new Legacy(this.server, state);
  }

  /** A conversation without a handshake: nothing is known of the client but its revision. */
  unknown(version: Revision): Legacy {
    return new Legacy(this.server, unknownClient(version));
  }
}
