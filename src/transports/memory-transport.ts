import { InternalError, LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import {
  type AbortListener,
  after,
  type Answered,
  Bag,
  type Binding,
  type Call,
  closedError,
  type CloseReason,
  encode,
  type Exchange,
  failure,
  type InBag,
  isAborted,
  type Listener,
  listen,
  type Notification,
  OpenCall,
  type PeerOptions,
  type Request,
  type Response,
  Serialized,
  textOf,
  type Transport,
  unlisten,
} from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { jsonCopy } from "./copy.ts";

/** Two transports, each of which answers what the other one asks. */
export function memoryPair(): readonly [MemoryTransport, MemoryTransport] {
  const one = new MemoryTransport();
  const other = new MemoryTransport();
  one.join(other);
  other.join(one);
  return [one, other];
}

const CLOSED: CloseReason = { kind: "closed" };

/**
 * One side of a conversation within a program. A request goes to the other side's listener by a call, and its answer comes
 * back by a promise: nothing is looked up by an id.
 */
export class MemoryTransport implements Transport {
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
  #ending = false;
  #isOver = false;
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

  readonly exchange: Exchange = (request, call) => {
    if (this.#isOver) return Promise.reject(closedError(CLOSED));
    try {
      const answered = this.#other.#take(new Incoming(this.#other, carriedRequest(request), call));
      return answered instanceof Promise ? answered : Promise.resolve(answered);
    } catch (error) {
      return Promise.reject(error);
    }
  };

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

  async end(): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      this.#told(() => this.#listener?.end?.(), "The end was not taken");
    }
    await this.#drain();
    await this.close();
  }

  /** Its asker gives a request up, or hears of it that the connection is over. */
  drop(incoming: Incoming): void {
    this.#open.delete(incoming);
    const at = this.#queue.indexOf(incoming);
    if (at >= 0) this.#queue.splice(at, 1);
    else if (incoming.answering) this.#settled(incoming);
  }

  /** Tells the asker of a request, in the order in which it is told. */
  tell(incoming: Incoming, notification: Notification | Serialized<Notification>): void {
    const carried = notification instanceof Serialized ? notification : jsonCopy(notification);
    void Promise.resolve().then(() => {
      if (incoming.place >= 0) this.#told(() => void incoming.asker.emit(carried), "A notification was not taken");
    });
  }

  #take(incoming: Incoming): Answered {
    const { inFlight = limits.inFlight, queued = limits.queued } = this.#options;
    const { id } = incoming.request;
    if (this.#isOver) return Promise.reject(closedError(CLOSED));
    if (this.#ending) return failure(id, new InternalError("The server is closing"));
    if (this.#open.size >= inFlight + queued) {
      return failure(id, new InternalError("Too many requests at once", { limit: "inFlight" }));
    }
    this.#open.add(incoming);
    if (isAborted(incoming.asker)) return incoming.wait();
    if (this.#listener !== undefined && this.#arriving === 0) return this.#start(incoming) ?? incoming.wait();
    this.#deliver(incoming);
    return incoming.wait();
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
    if (item instanceof Incoming) this.#startLater(item);
    else if (!this.#isOver)
      this.#told(() => this.#listener?.emit(item), `A notification "${item.method}" was not taken`);
  };

  #startLater(incoming: Incoming): void {
    const response = incoming.place < 0 ? undefined : this.#start(incoming);
    if (response !== undefined) incoming.resolve(response);
  }

  /** Has a request answered, when it is its turn. Gives the answer that is there at once. */
  #start(incoming: Incoming): Response | undefined {
    if (this.#running >= (this.#options.inFlight ?? limits.inFlight)) {
      this.#queue.push(incoming);
      return undefined;
    }
    this.#running++;
    incoming.answering = true;
    const { request } = incoming;
    let answered: Answered | undefined;
    try {
      answered = this.#listener?.ask(request, incoming);
    } catch (error) {
      answered = Promise.reject(error);
    }
    if (answered === undefined) {
      this.#problem(`The peer may not ask ${request.method} in this revision`, request);
      this.#settled(incoming);
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
    if (response !== undefined) incoming.resolve(response);
  }

  /** What arrives of an answer; nothing where nobody waits for it any more. */
  #answered(incoming: Incoming, response: Response): Response | undefined {
    if (incoming.place < 0) return undefined;
    this.#open.delete(incoming);
    unlisten(incoming.asker, incoming);
    this.#settled(incoming);
    const { id } = incoming.request;
    if (isResponse(response)) return carriedResponse(response, id);
    this.#problem("A request was answered with what is no response", response);
    return failure(id, new InternalError());
  }

  /** There is room for another one. */
  #settled(incoming: Incoming): void {
    if (!incoming.answering) return;
    incoming.answering = false;
    this.#running--;
    const next = this.#queue.shift();
    if (next !== undefined) this.#startLater(next);
    else if (this.#open.size === 0) this.#drained?.();
  }

  /** Resolves when what was asked has been answered, at the latest after the grace time. */
  #drain(): Promise<void> {
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
    for (const asked of this.#other.#open.all()) asked.fail(closedError(CLOSED));
    for (const incoming of this.#open.all()) incoming.abort(closedError(CLOSED));
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

/** A request on its way, and while it is being answered: to the one side the call, to the other what waits. */
class Incoming extends OpenCall implements AbortListener, InBag {
  place = -1;
  /** Whether it is its turn, and it has no answer. */
  answering = false;
  readonly request: Request;
  /** The call of the side that asked. */
  readonly asker: Call;
  /** Answers who waits. */
  resolve!: (response: Response) => void;
  #reject!: (error: unknown) => void;
  readonly #side: MemoryTransport;

  constructor(side: MemoryTransport, request: Request, asker: Call) {
    super();
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
      if (this.place < 0) reject(closedError(CLOSED));
    });
  }

  override get ask(): Exchange {
    return this.#side.exchange;
  }

  override get binding(): Binding | undefined {
    return this.#side.binding;
  }

  override emit(notification: Notification | Serialized<Notification>): void {
    if (this.place >= 0) this.#side.tell(this, notification);
  }

  /** No answer will come. */
  fail(error: LocalError): void {
    unlisten(this.asker, this);
    this.#reject(error);
    this.#side.drop(this);
  }

  stop(reason: unknown): void {
    this.fail(reason instanceof LocalError ? reason : new LocalError("aborted", "Aborted", { cause: reason }));
    const said = reason instanceof Error ? reason.message : reason;
    const text = typeof said === "string" ? said : "The peer cancelled the request";
    queueMicrotask(() => this.abort(new LocalError("aborted", text)));
  }

  handleEvent(): void {
    this.stop(this.asker.signal.reason);
  }
}

/** What arrives of a request: what JSON makes of it. */
function carriedRequest({ id, method, params }: Request): Request {
  return params === undefined
    ? { jsonrpc: "2.0", id, method }
    : { jsonrpc: "2.0", id, method, params: jsonCopy(params) };
}

function carriedResponse(response: Response, id: Request["id"]): Response {
  try {
    const { error, result } = response;
    if (error !== undefined) return { jsonrpc: "2.0", id, error: jsonCopy(error) };
    return { jsonrpc: "2.0", id, result: result instanceof Serialized ? result.value : jsonCopy(result) };
  } catch {
    // What cannot be sent is answered in the words that every channel has for it.
    return JSON.parse(textOf(encode({ ...response, id }))) as Response;
  }
}

/** Whether a listener kept its word. */
function isResponse(value: unknown): value is Response {
  return isObject(value) && (value["result"] !== undefined || value["error"] !== undefined);
}
