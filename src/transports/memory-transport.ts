import { InternalError, LocalError } from "../errors.ts";
import {
  after,
  type Answered,
  Bag,
  type Binding,
  type Call,
  type CloseReason,
  closedError,
  type Exchange,
  failure,
  isAborted,
  isResponse,
  type Listener,
  type Notification,
  type PeerOptions,
  type Request,
  type Response,
  Serialized,
  type Transport,
  unlisten,
} from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { jsonCopy } from "./copy.ts";
import { CLOSED, carriedRequest, carriedResponse, Incoming, type Side } from "./memory-request.ts";

/** Two transports, each of which answers what the other one asks. */
export function memoryPair(): readonly [MemoryTransport, MemoryTransport] {
  const one = new MemoryTransport();
  const other = new MemoryTransport();
  one.join(other);
  other.join(one);
  return [one, other];
}

/**
 * One side of a conversation within a program. A request goes to the other side's listener by a call, and its answer comes
 * back by a promise: nothing is looked up by an id.
 */
export class MemoryTransport implements Transport, Side {
  readonly closed: Promise<CloseReason>;
  #finish!: (reason: CloseReason) => void;
  #other!: MemoryTransport;
  #options: PeerOptions = {};
  #listener: Listener | undefined;
  /** What has come before anybody listened. */
  readonly #early: (Incoming | Notification)[] = [];
  /** How much is on its way, so that a request overtakes no notification. */
  #arriving = 0;
  /** The requests of the other side that have no answer yet. */
  readonly #open = new Bag<Incoming>();
  #running = 0;
  /** Those of them that wait for their turn. */
  #queue: Incoming[] = [];
  #isOver = false;
  #ending: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  join(other: MemoryTransport): void {
    this.#other = other;
  }

  /** The side that it stands for takes it over. */
  use(options: PeerOptions): this {
    this.#options = options;
    return this;
  }

  get binding(): Binding | undefined {
    return this.#options.binding;
  }

  readonly exchange = (request: Request, call: Call): Answered => {
    if (this.#isOver) return Promise.reject(closedError(CLOSED));
    try {
      return this.#other.#take(new Incoming(this.#other, carriedRequest(request), call));
    } catch (error) {
      return Promise.reject(error);
    }
  };

  readonly ask: Exchange = async (request, call) => this.exchange(request, call);

  send(notification: Notification): void {
    const carried = jsonCopy(notification);
    if (!this.#isOver) this.#other.#deliver(carried);
  }

  attach(listener: Listener): void {
    this.#listener = listener;
    for (const item of this.#early.splice(0)) this.#deliver(item);
  }

  async close(): Promise<void> {
    this.#end();
    // After what was sent has arrived.
    queueMicrotask(() => this.#other.#end());
  }

  end(): Promise<void> {
    this.#ending ??= Promise.resolve()
      .then(() => this.#drain())
      .then(() => this.close());
    return this.#ending;
  }

  /** Nobody waits for an answer any more. What answers hears why, as it would of a message: before any later request. */
  drop(incoming: Incoming, reason: LocalError): void {
    this.#open.delete(incoming);
    incoming.call.end();
    const at = this.#queue.indexOf(incoming);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#arriving++;
    queueMicrotask(() => {
      this.#arriving--;
      incoming.call.abort(reason);
      this.#settle(incoming);
      this.#proceed();
    });
  }

  tell(incoming: Incoming, notification: Notification | Serialized<Notification>): void {
    const carried = notification instanceof Serialized ? notification : jsonCopy(notification);
    void Promise.resolve().then(() => {
      if (!isAborted(incoming.asker))
        this.#told(() => void incoming.asker.emit(carried), "A notification was not taken");
    });
  }

  #take(incoming: Incoming): Answered {
    const { inFlight = limits.inFlight, queued = limits.queued } = this.#options;
    const { id } = incoming.request;
    if (this.#isOver) return Promise.reject(closedError(CLOSED));
    if (this.#ending !== undefined) return failure(id, new InternalError("The server is closing"));
    if (this.#open.size >= inFlight + queued) {
      return failure(id, new InternalError("Too many requests at once", { limit: "inFlight" }));
    }
    this.#open.add(incoming);
    if (isAborted(incoming.asker)) return incoming.wait();
    if (this.#listener === undefined || this.#arriving > 0) {
      this.#deliver(incoming);
      return incoming.wait();
    }
    const response = this.#start(incoming);
    this.#proceed();
    // Meanwhile its asker may have given it up.
    return response === undefined || isAborted(incoming.asker) ? incoming.wait() : response;
  }

  #deliver(item: Incoming | Notification): void {
    if (this.#listener === undefined) {
      this.#early.push(item);
      return;
    }
    this.#arriving++;
    void Promise.resolve(item).then(this.#arrive);
  }

  readonly #arrive = (item: Incoming | Notification): void => {
    this.#arriving--;
    if (item instanceof Incoming) {
      this.#startLater(item);
      this.#proceed();
    } else if (!this.#isOver) {
      this.#told(() => this.#listener?.emit(item), `A notification "${item.method}" was not taken`);
    }
  };

  /** Has those answered that wait for their turn, as far as there is room. */
  #proceed(): void {
    while (this.#queue.length > 0 && !this.#isFull) this.#startLater(this.#queue.shift() as Incoming);
    if (this.#open.size === 0) this.#drained?.();
  }

  get #isFull(): boolean {
    return this.#running >= (this.#options.inFlight ?? limits.inFlight);
  }

  #startLater(incoming: Incoming): void {
    const response = incoming.place < 0 || this.#isOver ? undefined : this.#start(incoming);
    if (response !== undefined) incoming.resolve(response);
  }

  /** Has a request answered, when it is its turn. Gives the answer that is there at once. */
  #start(incoming: Incoming): Response | undefined {
    if (this.#isFull) {
      this.#queue.push(incoming);
      return undefined;
    }
    this.#running++;
    incoming.answering = true;
    const { request } = incoming;
    let answered: Answered | undefined;
    try {
      answered = this.#listener?.ask(request, incoming.call);
    } catch (error) {
      answered = Promise.reject(error);
    }
    if (answered === undefined) {
      this.#problem(`The peer may not ask ${request.method} in this revision`, request);
      this.#settle(incoming);
      return undefined;
    }
    if (!(answered instanceof Promise)) return this.#answered(incoming, answered);
    answered.then(
      (response) => this.#answerLater(incoming, response),
      (error: unknown) => {
        this.#problem("A request was not answered", error);
        this.#answerLater(incoming, failure(request.id, new InternalError()));
      },
    );
    return undefined;
  }

  #answerLater(incoming: Incoming, answer: Response): void {
    const response = this.#answered(incoming, answer);
    if (response === undefined) return;
    incoming.resolve(response);
    this.#proceed();
  }

  /** What arrives of an answer; nothing where nobody waits for it any more. */
  #answered(incoming: Incoming, response: Response): Response | undefined {
    if (incoming.place < 0) return undefined;
    this.#open.delete(incoming);
    incoming.call.end();
    unlisten(incoming.asker, incoming);
    this.#settle(incoming);
    const { id } = incoming.request;
    if (isResponse(response)) return carriedResponse(response, id);
    this.#problem("A request was answered with what is no response", response);
    return failure(id, new InternalError());
  }

  /** There is room for another one. */
  #settle(incoming: Incoming): void {
    if (!incoming.answering) return;
    incoming.answering = false;
    this.#running--;
  }

  /** Resolves when what was asked has been answered, at the latest after the grace time. */
  #drain(): Promise<void> {
    this.#told(() => this.#listener?.end?.(), "The end was not taken");
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const inTime = after(this.#options.graceTimeout ?? limits.graceTimeout, resolve);
      this.#drained = () => {
        inTime();
        resolve();
      };
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drained?.();
    this.#other.#queue = [];
    for (const asked of this.#other.#open.all()) asked.fail(closedError(CLOSED), closedError(CLOSED));
    for (const incoming of this.#open.all()) incoming.call.abort(closedError(CLOSED));
    this.#finish(CLOSED);
  }

  #told(tell: () => void, problem: string): void {
    try {
      tell();
    } catch (error) {
      this.#problem(problem, error);
    }
  }

  #problem(message: string, cause: unknown): void {
    try {
      this.#options.onProblem?.(new LocalError("invalid_response", message, { cause }));
    } catch {
      // A listener that throws must not break the conversation that it listens to.
    }
  }
}
