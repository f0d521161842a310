import { LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import { limits } from "../limits.ts";
import { type CloseReason, closedError } from "./channel.ts";
import { type Call, onAbort } from "./exchange.ts";
import type { Malformed, Notification, Request, RequestId, Response } from "./message.ts";

/** Sends a message on the way that its request takes. */
type Send = (message: Request | Notification) => unknown;

/** One own request that waits for its answer. */
interface Entry {
  readonly request: Request;
  readonly call: Call;
  readonly send: Send;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
  /** The progress token that the asker chose; on the wire stands the id. */
  readonly token: RequestId | undefined;
  sent: boolean;
  /** Whether notifications with its subscription id arrived: only such a request can be ended by the peer. */
  subscribed: boolean;
  unlisten: () => void;
}

const SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";

/** The own requests of one conversation that wait for an answer, under the ids that stand on the wire. */
export class Pending {
  readonly #entries = new Map<RequestId, Entry>();
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
      const id = ++this.#last;
      const meta = request.params?.["_meta"];
      const token = isObject(meta) ? (meta["progressToken"] as RequestId | undefined) : undefined;
      const unlisten = nothing;
      const entry: Entry = { request, call, send, resolve, reject, token, sent: false, subscribed: false, unlisten };
      const params = token === undefined ? request.params : { ...request.params, _meta: withToken(meta, id) };
      this.#entries.set(id, entry);
      entry.unlisten = onAbort(call, (reason) => this.#abort(id, entry, reason));
      if (!this.#entries.has(id)) return;
      entry.sent = true;
      try {
        void send({ jsonrpc: "2.0", id, method: request.method, params });
      } catch (error) {
        this.#entries.delete(id);
        entry.unlisten();
        reject(error);
      }
    });
  }

  /** Gives a response to whoever waits for it; false when nobody does. */
  settle(response: Response): boolean {
    const entry = response.id === undefined ? undefined : this.#entries.get(response.id);
    if (entry === undefined) return false;
    this.#entries.delete(response.id as RequestId);
    entry.unlisten();
    const { id } = entry.request;
    entry.resolve(response.id === id ? response : { ...response, id });
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
    this.#entries.delete(id);
    entry.unlisten();
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
    this.#entries.delete(id);
    entry.unlisten();
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
    for (const entry of this.#entries.values()) {
      entry.unlisten();
      entry.reject(this.#closed);
    }
    this.#entries.clear();
  }

  #abort(id: RequestId, entry: Entry, reason: unknown): void {
    this.#entries.delete(id);
    entry.reject(reason instanceof LocalError ? reason : new LocalError("aborted", "Aborted", { cause: reason }));
    if (!entry.sent) return;
    const text = reason instanceof Error ? reason.message : typeof reason === "string" ? reason : undefined;
    void entry.send({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: text === undefined ? { requestId: id } : { requestId: id, reason: text },
    });
  }
}

function withToken(meta: unknown, id: number): Record<string, unknown> {
  return { ...(meta as Record<string, unknown>), progressToken: id };
}

function nothing(): void {}
