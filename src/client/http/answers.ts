import { InternalError, LocalError } from "../../errors.ts";
import {
  type Binding,
  type Exchange,
  failure,
  type Listener,
  type Notification,
  OpenCall,
  type Request,
  type RequestId,
  type Response,
  Serialized,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Problem } from "./calls.ts";

/** What answering the server needs. */
export interface Answering {
  readonly listener: () => Listener | undefined;
  readonly binding: Binding | undefined;
  /** Asks the server meanwhile. */
  readonly exchange: Exchange;
  /** Sends a response, or a notification that belongs to a request of the server. */
  readonly post: (message: Response | Notification) => Promise<void>;
  readonly problem: Problem;
}

/** A request of the server while it is being answered. */
class Asked extends OpenCall {
  readonly #answering: Answering;

  constructor(answering: Answering) {
    super();
    this.#answering = answering;
  }

  override get ask(): Exchange {
    return this.#answering.exchange;
  }

  override get binding(): Binding | undefined {
    return this.#answering.binding;
  }

  override emit(notification: Notification | Serialized<Notification>): Promise<void> {
    const plain = notification instanceof Serialized ? notification.value : notification;
    return this.#answering.post(plain);
  }
}

/** Answers what the server asks, each answer in a POST of its own. */
export class Answers {
  readonly #answering: Answering;
  readonly #running = new Map<RequestId, Asked>();

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  /** The server asks. */
  ask(request: Request): void {
    const { listener, problem } = this.#answering;
    const { id, method } = request;
    if (this.#running.has(id)) return problem(`The server asked ${method} twice under one id`, request);
    if (this.#running.size >= limits.inFlight) {
      return this.#respond(failure(id, new InternalError("Too many requests at once", { limit: "inFlight" })));
    }
    const call = new Asked(this.#answering);
    let answer: Promise<Response> | undefined;
    try {
      answer = listener()?.ask(request, call);
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (answer === undefined) return problem(`The server may not ask ${method} in this revision`, request);
    this.#running.set(id, call);
    answer.then(
      (response) => this.#finish(id, call, response),
      (error: unknown) => {
        problem("A request was not answered", error);
        this.#finish(id, call, failure(id, new InternalError()));
      },
    );
  }

  /** The server no longer wants an answer: it gets none. */
  cancelled({ params }: Notification): void {
    const id = params?.["requestId"] as RequestId;
    const reason = params?.["reason"];
    const call = this.#running.get(id);
    this.#running.delete(id);
    call?.abort(new LocalError("aborted", typeof reason === "string" ? reason : "The peer cancelled the request"));
  }

  /** Nobody waits for answers any more. */
  close(error: LocalError): void {
    for (const call of this.#running.values()) call.abort(error);
    this.#running.clear();
  }

  #finish(id: RequestId, call: Asked, response: Response): void {
    if (this.#running.get(id) !== call) return;
    this.#running.delete(id);
    this.#respond(response.id === id ? response : { ...response, id });
  }

  #respond(response: Response): void {
    const { post, problem } = this.#answering;
    post(response).catch((error: unknown) => problem("An answer could not be sent", error));
  }
}
