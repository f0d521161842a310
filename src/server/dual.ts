import type { Answered, Call, ErrorResponse, Listener, Malformed, Notification, Request } from "../jsonrpc/index.ts";
import { isModern, type Revision } from "../protocol/index.ts";
import { isModernMethod } from "../protocol/methods/index.ts";
import type { Legacy, LegacyState } from "./legacy.ts";
import { type Dispatcher, dispatcherOf } from "./dispatcher.ts";
import { isModernRequest, Modern } from "./modern.ts";
import type { Server } from "./server.ts";

/** A listener for one connection, and what ends it. */
export interface Connection extends Listener {
  ask(this: void, request: Request, call: Call): Answered;
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
  let opening: Promise<Legacy> | undefined;
  let over = false;
  let unlisten = (): void => {};
  const open = async (): Promise<Legacy> => {
    const conversations = await eras.conversations();
    session = conversations.begin();
    if (!over) unlisten = session.listen(send);
    return session;
  };
  return {
    ask(request, call) {
      if (eras.isStateless(request, opening !== undefined)) return eras.modern.ask(request, call);
      if (session !== undefined) return session.ask(request, call);
      opening ??= open();
      return opening.then((opened) => opened.ask(request, call));
    },
    emit(notification) {
      if (session !== undefined) session.emit(notification);
      else if (opening === undefined) server.hear(notification, undefined);
      else {
        const taken = opening.then((opened) => opened.emit(notification));
        taken.catch((problem: unknown) => server.report(problem));
      }
    },
    batches: () => session?.batches === true,
    malformed: (malformed: Malformed): ErrorResponse => malformed.response,
    close() {
      over = true;
      unlisten();
    },
  };
}

/** Begins conversations of older revisions. */
export interface Conversations {
  /** Begins one, or goes on with the one that `state` remembers. */
  begin(state?: LegacyState): Legacy;
  /** One without a handshake: nothing is known of the client but its revision. */
  unknown(version: Revision): Legacy;
}

/**
 * The two eras of a server, and which of them a request belongs to: for a binding that keeps the conversations of older
 * revisions by itself, as HTTP does.
 */
export class Eras {
  readonly dispatcher: Dispatcher;
  /** Answers what belongs to no conversation. */
  readonly modern: Modern;
  /** Whether there are no conversations at all. */
  readonly modernOnly: boolean;

  constructor(server: Server) {
    this.dispatcher = dispatcherOf(server);
    this.modern = new Modern(this.dispatcher);
    this.modernOnly = server.revisions.every(isModern);
  }

  /** Whether a request belongs to no conversation; `open` says whether one is open. */
  isStateless(request: Request, open: boolean): boolean {
    if (isModernRequest(request)) return true;
    if (request.method === "initialize") return false;
    return this.modernOnly || (!open && isModernMethod(request.method));
  }

  /** What older revisions need, loaded with the first conversation of one. */
  async conversations(): Promise<Conversations> {
    const { Legacy, unknownClient } = await import("./legacy.ts");
    return {
      begin: (state) => new Legacy(this.dispatcher, state),
      unknown: (version) => new Legacy(this.dispatcher, unknownClient(version)),
    };
  }
}
