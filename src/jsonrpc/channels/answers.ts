import { InternalError, InvalidRequestError, LocalError, type ProtocolError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import {
  type Answered,
  after,
  type Binding,
  type Exchange,
  failure,
  isResponse,
  type Listener,
  type Notification,
  OpenCall,
  type PeerOptions,
  type Request,
  type RequestId,
  type Response,
  type Serialized,
} from "../index.ts";
import { ById, type Identified } from "../wire/index.ts";

/** What answering a peer needs. */
export interface Answering {
  readonly options: PeerOptions;
  /** Asks the peer meanwhile. */
  readonly exchange: Exchange;
  /** Sends a response, or a notification that belongs to a request. Gives a promise only when the reader is slow. */
  send(message: Response | Notification | Serialized<Notification>): void | Promise<void>;
  readonly listener: () => Listener | undefined;
  readonly problem: (message: string, cause: unknown) => void;
}

/** A request of the peer while it is being answered. */
class Incoming extends OpenCall implements Identified<Incoming> {
  readonly request: Request;
  readonly id: RequestId;
  next: Incoming | undefined;
  readonly #answers: Answers;
  readonly #answering: Answering;

  constructor(answers: Answers, answering: Answering, request: Request) {
    super();
    this.#answers = answers;
    this.#answering = answering;
    this.request = request;
    this.id = request.id;
  }

  override get ask(): Exchange {
    return this.#answering.exchange;
  }

  override get binding(): Binding | undefined {
    return this.#answering.options.binding;
  }

  override emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    if (this.#answers.answers(this)) return this.#answering.send(notification);
  }
}

/** The requests of a peer: those that are being answered, and those that wait for their turn. */
export class Answers {
  readonly #answering: Answering;
  readonly #running = new ById<Incoming>();
  readonly #queue = new Map<RequestId, Incoming>();
  /** Answers that were sent and that the reader has not taken. */
  #untaken = 0;
  #ending = false;
  #draining: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  /** Whether a request is still being answered. */
  answers(call: Incoming): boolean {
    return this.#running.get(call.id) === call;
  }

  /** Takes a request: answers it, or lets it wait, or refuses it. */
  take(request: Request): void {
    const { queued = limits.queued } = this.#answering.options;
    if (this.#running.get(request.id) !== undefined || (this.#queue.size > 0 && this.#queue.has(request.id))) {
      return this.#refuse(request, new InvalidRequestError("A request with this id is already being answered"));
    }
    if (this.#ending) return this.#refuse(request, new InternalError("The server is closing"));
    const call = new Incoming(this, this.#answering, request);
    if (!this.#isFull) {
      this.#answer(call);
      this.#proceed();
    } else if (this.#queue.size < queued) this.#queue.set(request.id, call);
    else this.#refuse(request, new InternalError("Too many requests at once", { limit: "inFlight" }));
  }

  /** A cancelled request gets no response. False for an id that is not being answered, as in a race. */
  cancel({ params }: Notification): boolean {
    const id = params?.["requestId"] as RequestId;
    const reason = params?.["reason"];
    if (this.#queue.delete(id)) return true;
    const call = this.#running.get(id);
    if (call === undefined) return false;
    this.#running.delete(call);
    call.abort(new LocalError("aborted", typeof reason === "string" ? reason : "The peer cancelled the request"));
    this.#proceed();
    return true;
  }

  /** Takes no more. Resolves when what runs has been answered, at the latest after the grace time. */
  drain(): Promise<void> {
    this.#ending = true;
    if (this.#running.size === 0 && this.#queue.size === 0) return Promise.resolve();
    this.#draining ??= new Promise((resolve) => {
      const keep = after(this.#answering.options.graceTimeout ?? limits.graceTimeout, resolve);
      this.#drained = () => {
        keep();
        resolve();
      };
    });
    return this.#draining;
  }

  /** Nobody waits for answers any more. */
  close(reason: LocalError): void {
    this.#drained?.();
    for (const call of this.#running.all()) call.abort(reason);
    this.#running.clear();
    this.#queue.clear();
  }

  #answer(call: Incoming): void {
    const { request } = call;
    this.#running.add(call);
    let answer: Answered | undefined;
    try {
      answer = this.#answering.listener()?.ask(request, call);
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (answer === undefined) {
      this.#running.delete(call);
      return this.#answering.problem(`The peer may not ask ${request.method} in this revision`, request);
    }
    if (!(answer instanceof Promise)) return this.#finish(call, answer);
    answer.then(
      (response) => this.#finishLater(call, response),
      (error: unknown) => {
        this.#answering.problem("A request was not answered", error);
        this.#finishLater(call, failure(call.id, new InternalError()));
      },
    );
  }

  #finishLater(call: Incoming, response: Response): void {
    this.#finish(call, response);
    this.#proceed();
  }

  #finish(call: Incoming, response: Response): void {
    const { id } = call;
    if (!this.#running.delete(call)) return;
    const kept = isResponse(response);
    if (!kept) this.#answering.problem("A request was answered with what is no response", response);
    this.#respond(kept ? response : failure(id, new InternalError()), id);
  }

  /** A reader that is slow keeps its place among those that run, so that it cannot make answers pile up. */
  #respond(response: Response, id: RequestId): void {
    const room = this.#answering.send(response.id === id ? response : { ...response, id });
    if (room === undefined) return;
    this.#untaken++;
    void room.then(() => {
      this.#untaken--;
      this.#proceed();
    });
  }

  get #isFull(): boolean {
    return this.#running.size + this.#untaken >= (this.#answering.options.inFlight ?? limits.inFlight);
  }

  /** Has those answered that wait, as far as there is room. */
  #proceed(): void {
    if (this.#queue.size > 0) {
      for (const [id, next] of this.#queue) {
        if (this.#isFull) break;
        this.#queue.delete(id);
        this.#answer(next);
      }
    }
    if (this.#running.size === 0 && this.#queue.size === 0) this.#drained?.();
  }

  #refuse(request: Request, error: ProtocolError): void {
    void this.#answering.send(failure(request.id, error));
  }
}
