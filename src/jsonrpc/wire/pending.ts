import {
  type AbortListener,
  closedError,
  type CloseReason,
  type Call,
  listen,
  type Malformed,
  type Notification,
  type Params,
  type Request,
  type RequestId,
  type Response,
  unlisten,
} from "../index.ts";
import { LocalError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { limits } from "../../limits.ts";
import { ById, type Identified } from "./by-id.ts";

/** Sends a message on the way that its request takes. */
type Send = (message: Request | Notification) => unknown;

/** One own request that waits for its answer. */
class Entry implements Identified<Entry>, AbortListener {
  /** The id on the wire. */
  readonly id: number;
  readonly request: Request;
  readonly call: Call;
  readonly send: Send;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
  /** The progress token that the asker chose; on the wire stands the id. */
  readonly token: RequestId | undefined;
  next: Entry | undefined;
  sent = false;
  /** Whether notifications with its subscription id arrived: only such a request can be ended by the peer. */
  subscribed = false;
  readonly #entries: ById<Entry>;

  constructor(
    entries: ById<Entry>,
    id: number,
    request: Request,
    call: Call,
    send: Send,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
  ) {
    this.#entries = entries;
    this.id = id;
    this.request = request;
    this.call = call;
    this.send = send;
    this.resolve = resolve;
    this.reject = reject;
    const meta = request.params?.["_meta"];
    this.token = isObject(meta) ? (meta["progressToken"] as RequestId | undefined) : undefined;
  }

  /** The request as it goes out. */
  get message(): Request {
    const { id, token, request } = this;
    const { method, params } = request;
    if (token === undefined) return { jsonrpc: "2.0", id, method, params };
    const _meta = { ...(params?.["_meta"] as Params), progressToken: id };
    return { jsonrpc: "2.0", id, method, params: { ...params, _meta } };
  }

  /** It waits no longer. */
  leave(): void {
    this.#entries.delete(this);
    unlisten(this.call, this);
  }

  /** The asker gives it up. */
  stop(reason: unknown): void {
    const { id } = this;
    this.#entries.delete(this);
    this.reject(reason instanceof LocalError ? reason : new LocalError("aborted", "Aborted", { cause: reason }));
    if (!this.sent) return;
    const text = reason instanceof Error ? reason.message : typeof reason === "string" ? reason : undefined;
    void this.send({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: text === undefined ? { requestId: id } : { requestId: id, reason: text },
    });
  }

  handleEvent(): void {
    this.stop(this.call.signal.reason);
  }
}

const SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";

/** The own requests of one conversation that wait for an answer, under the ids that stand on the wire. */
export class Pending {
  readonly #entries = new ById<Entry>();
  #last = 0;
  #closed: LocalError | undefined;

  /** Sends a request under an id of its own and waits for the answer. */
  open(request: Request, call: Call, send: Send): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      if (this.#entries.size >= limits.pending) {
        const message = `More than ${limits.pending} requests wait for an answer on this connection`;
        return reject(new LocalError("limit", message, { data: { limit: "pending" } }));
      }
      const entry = new Entry(this.#entries, ++this.#last, request, call, send, resolve, reject);
      this.#entries.add(entry);
      listen(call, entry);
      if (this.#entries.get(entry.id) === undefined) return;
      entry.sent = true;
      try {
        void send(entry.message);
      } catch (error) {
        entry.leave();
        reject(error);
      }
    });
  }

  /** Gives a response to whoever waits for it; false when nobody does. */
  settle(response: Response): boolean {
    const entry = response.id === undefined ? undefined : this.#entries.get(response.id);
    if (entry === undefined) return false;
    entry.leave();
    entry.resolve(withId(response, entry.request.id));
    return true;
  }

  /** Gives a notification to the request that it belongs to; false when it belongs to none. */
  notify(notification: Notification): boolean {
    const { params } = notification;
    if (params === undefined) return false;
    if (notification.method === "notifications/progress") {
      const entry = this.#entries.get(params["progressToken"] as RequestId);
      // A token of a request that is over, or of none: progress for nobody is dropped, not taken for something else.
      if (entry?.token !== undefined) {
        void entry.call.emit({ ...notification, params: { ...params, progressToken: entry.token } });
      }
      return true;
    }
    const meta = params["_meta"];
    if (!isObject(meta) || !Object.hasOwn(meta, SUBSCRIPTION_ID)) return false;
    const entry = this.#entries.get(meta[SUBSCRIPTION_ID] as RequestId);
    if (entry === undefined) return true;
    entry.subscribed = true;
    void entry.call.emit(notification);
    return true;
  }

  /** The peer cancels a request of ours: so ends a subscription on a pipe. Ids of the peer's own requests look alike. */
  end(id: RequestId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || !entry.subscribed) return;
    entry.leave();
    entry.resolve({ jsonrpc: "2.0", id: entry.request.id, result: {} });
  }

  /** Fails the request that something which is no message was to answer; false when there is none. */
  fail({ id, error }: Malformed): boolean {
    const method = id === undefined ? undefined : this.#entries.get(id)?.request.method;
    if (id === undefined || method === undefined) return false;
    return this.reject(id, new LocalError("invalid_response", `The answer to ${method} is none: ${error.message}`));
  }

  /** Fails a request; false when it does not wait. */
  reject(id: RequestId, error: unknown): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.leave();
    entry.reject(error);
    return true;
  }

  /** Gives a notification to a request, where it still waits. */
  emit(id: RequestId, notification: Notification): void {
    void this.#entries.get(id)?.call.emit(notification);
  }

  /** Rejects everything that waits, and whatever comes after. */
  close(reason: CloseReason): void {
    this.#closed = closedError(reason);
    for (const entry of this.#entries.all()) {
      unlisten(entry.call, entry);
      entry.reject(this.#closed);
    }
    this.#entries.clear();
  }
}

function withId(response: Response, id: RequestId): Response {
  if (response.id === id) return response;
  return response.error === undefined
    ? { jsonrpc: "2.0", id, result: response.result }
    : { jsonrpc: "2.0", id, error: response.error };
}
