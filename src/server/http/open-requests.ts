import { Bag, type InBag } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { HttpRequest } from "./facts.ts";

/** A request that is being answered. */
export interface OpenRequest extends InBag {
  readonly http: HttpRequest;
  /** When patience with its body ends, in the milliseconds of `performance.now()`; `undefined` when it is not awaited. */
  bodyDue: number | undefined;
  /** The body did not come in time. */
  expire(): void;
  /** Cuts its reply off. */
  abort(): void;
}

/** The requests that an endpoint is answering. One timer watches over all bodies that are awaited. */
export class OpenRequests {
  readonly #open = new Bag<OpenRequest>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drained: (() => void) | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** All that are open now. */
  all(): readonly OpenRequest[] {
    return this.#open.all();
  }

  add(request: OpenRequest): void {
    this.#open.add(request);
  }

  delete(request: OpenRequest): void {
    this.#open.delete(request);
    if (this.#open.size === 0) this.#drained?.();
  }

  /** The body of a request is awaited from now on, until its `bodyDue` is taken away. */
  awaitBody(request: OpenRequest): void {
    request.bodyDue = performance.now() + limits.bodyTimeout;
    if (this.#timer === undefined) this.#schedule(limits.bodyTimeout);
  }

  /** Settles when all have been answered, at the latest after so many milliseconds. */
  drain(graceTimeout: number): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, graceTimeout);
      this.#drained = () => {
        clearTimeout(patience);
        resolve();
      };
    });
  }

  /** Cuts all of them off. */
  abort(): void {
    for (const request of this.#open.all()) request.abort();
  }

  /** It keeps no process alive: the connections that wait do. */
  #schedule(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#check(), milliseconds);
    (this.#timer as { unref?: () => unknown }).unref?.();
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const request of this.#open.all()) {
      if (request.bodyDue === undefined) continue;
      if (request.bodyDue <= now) request.expire();
      else next = Math.min(next, request.bodyDue);
    }
    if (next < Number.POSITIVE_INFINITY) this.#schedule(next - now);
  }
}
