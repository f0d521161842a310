import { InternalError, InvalidRequestError, LocalError, type ProtocolError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import {
  type Answered,
  after,
  type Carrier,
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

/** A request of the peer while it is being answered, or waits for its turn. */
class Incoming implements Identified<Incoming> {
  readonly request: Request;
  readonly call: OpenCall;
  next: Incoming | undefined;

  constructor(request: Request, carrier: Carrier) {
    this.request = request;
    this.call = new OpenCall(carrier);
  }

  get id(): RequestId {
    return this.request.id;
  }
}

/** The requests of a peer: those that are being answered, and those that wait for their turn. */
export class Answers {
  readonly #answering: Answering;
  readonly #carrier: Carrier;
  readonly #running = new ById<Incoming>();
  readonly #queue = new Map<RequestId, Incoming>();
  /** Answers that were sent and that the reader has not taken. */
  #untaken = 0;
  #ending = false;
  #draining: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(answering: Answering) {
    const { exchange, options } = answering;
    this.#answering = answering;
    this.#carrier = { ask: exchange, binding: options.binding, emit: (notification) => answering.send(notification) };
  }

  /** Takes a request: answers it, or lets it wait, or refuses it. */
  take(request: Request): void {
    const { queued = limits.queued } = this.#answering.options;
    if (this.#running.get(request.id) !== undefined || (this.#queue.size > 0 && this.#queue.has(request.id))) {
      return this.#refuse(request, new InvalidRequestError("A request with this id is already being answered"));
    }
    if (this.#ending) return this.#refuse(request, new InternalError("The server is closing"));
    const incoming = new Incoming(request, this.#carrier);
    if (!this.#isFull) {
      this.#answer(incoming);
      this.#proceed();
    } else if (this.#queue.size < queued) this.#queue.set(request.id, incoming);
    else this.#refuse(request, new InternalError("Too many requests at once", { limit: "inFlight" }));
  }

  /** A cancelled request gets no response. False for an id that is not being answered, as in a race. */
  cancel({ params }: Notification): boolean {
    const id = params?.["requestId"] as RequestId;
    const reason = params?.["reason"];
    if (this.#queue.delete(id)) return true;
    const incoming = this.#running.get(id);
    if (incoming === undefined) return false;
    this.#running.delete(incoming);
    incoming.call.abort(
      new LocalError("aborted", typeof reason === "string" ? reason : "The peer cancelled the request"),
    );
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
    for (const { call } of this.#running.all()) call.abort(reason);
    this.#running.clear();
    this.#queue.clear();
  }

  #answer(incoming: Incoming): void {
    const { request, call } = incoming;
    this.#running.add(incoming);
    let answer: Answered | undefined;
    try {
      answer = this.#answering.listener()?.ask(request, call);
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (answer === undefined) {
      this.#running.delete(incoming);
      return this.#answering.problem(`The peer may not ask ${request.method} in this revision`, request);
    }
    if (!(answer instanceof Promise)) return this.#finish(incoming, answer);
    answer.then(
      (response) => this.#finishLater(incoming, response),
      (error: unknown) => {
        this.#answering.problem("A request was not answered", error);
        this.#finishLater(incoming, failure(request.id, new InternalError()));
      },
    );
  }

  #finishLater(incoming: Incoming, response: Response): void {
    this.#finish(incoming, response);
    this.#proceed();
  }

  #finish(incoming: Incoming, response: Response): void {
    const { id, call } = incoming;
    if (!this.#running.delete(incoming)) return;
    call.end();
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
