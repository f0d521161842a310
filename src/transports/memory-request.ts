import { LocalError } from "../errors.ts";
import {
  type AbortListener,
  type Binding,
  type Call,
  type Carrier,
  type CloseReason,
  closedError,
  encode,
  type Exchange,
  type InBag,
  listen,
  type Notification,
  OpenCall,
  type Request,
  type Response,
  Serialized,
  textOf,
  unlisten,
} from "../jsonrpc/index.ts";
import { jsonCopy } from "./copy.ts";

/** The side that answers a request. */
export interface Side {
  /** Asks the other side meanwhile. */
  readonly ask: Exchange;
  readonly binding: Binding | undefined;
  /** Tells the asker of a request, in the order in which it is told. */
  tell(incoming: Incoming, notification: Notification | Serialized<Notification>): void;
  /** Nobody waits for an answer any more. */
  drop(incoming: Incoming, reason: LocalError): void;
}

/** How a conversation in memory ends. */
export const CLOSED: CloseReason = { kind: "closed" };

/** A request on its way, and while it is being answered: what waits for the answer, and the way back to it. */
export class Incoming implements Carrier, AbortListener, InBag {
  /** The call of the side that answers. */
  readonly call: OpenCall = new OpenCall(this);
  place = -1;
  /** Whether it is its turn, and it has no answer. */
  answering = false;
  readonly request: Request;
  /** The call of the side that asked. */
  readonly asker: Call;
  /** Answers who waits. */
  resolve!: (response: Response) => void;
  #reject: ((error: unknown) => void) | undefined;
  readonly #side: Side;

  constructor(side: Side, request: Request, asker: Call) {
    this.#side = side;
    this.request = request;
    this.asker = asker;
  }

  /** Waits for the answer, or until its asker gives it up, or the connection is over. */
  wait(): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
      listen(this.asker, this);
      // The connection ended meanwhile.
      if (this.place < 0) this.fail(closedError(CLOSED), closedError(CLOSED));
    });
  }

  get ask(): Exchange {
    return this.#side.ask;
  }

  get binding(): Binding | undefined {
    return this.#side.binding;
  }

  emit(notification: Notification | Serialized<Notification>): void {
    this.#side.tell(this, notification);
  }

  /** No answer will come; what answers hears that it is for nobody. */
  fail(error: LocalError, told: LocalError): void {
    unlisten(this.asker, this);
    this.#reject?.(error);
    this.#side.drop(this, told);
  }

  stop(reason: unknown): void {
    const said = reason instanceof Error ? reason.message : reason;
    const told = new LocalError("aborted", typeof said === "string" ? said : "The peer cancelled the request");
    this.fail(reason instanceof LocalError ? reason : new LocalError("aborted", "Aborted", { cause: reason }), told);
  }

  handleEvent(): void {
    this.stop(this.asker.signal.reason);
  }
}

/** What arrives of a request: what JSON makes of it. */
export function carriedRequest({ id, method, params }: Request): Request {
  return params === undefined
    ? { jsonrpc: "2.0", id, method }
    : { jsonrpc: "2.0", id, method, params: jsonCopy(params) };
}

/** What arrives of the answer to it. */
export function carriedResponse(response: Response, id: Request["id"]): Response {
  try {
    const { error, result } = response;
    if (error !== undefined) return { jsonrpc: "2.0", id, error: jsonCopy(error) };
    return { jsonrpc: "2.0", id, result: result instanceof Serialized ? result.value : jsonCopy(result) };
  } catch {
    // What cannot be sent is answered in the words that every channel has for it.
    return JSON.parse(textOf(encode({ ...response, id }))) as Response;
  }
}
