import { type Binding, type Call, type Exchange, Values } from "./exchange.ts";
import type { Notification } from "./message.ts";
import type { Serialized } from "./serialized.ts";

/** Hears that a call is aborted: for {@link listen}. */
export interface AbortListener {
  /** The call is aborted. */
  stop(reason: unknown): void;
  /** The same, said by the `AbortSignal` of a call that has no cheaper way. */
  handleEvent(): void;
}

/** The way back to the asker of a call: calls of one connection may have one together. */
export interface Carrier {
  /** Sends a notification that belongs to the call. Gives a promise only when the reader is slow. */
  emit(notification: Notification | Serialized<Notification>): void | Promise<void>;
  readonly ask?: Exchange | undefined;
  readonly binding?: Binding | undefined;
  /** What middleware has left already. */
  readonly values?: Values;
}

/** A call as bindings make it: `signal` and `values` cost nothing until somebody looks at them. */
export class OpenCall implements Call {
  readonly #carrier: Carrier;
  #controller: AbortController | undefined;
  #values: Values | undefined;
  #reason: unknown;
  #state: "open" | "answered" | "aborted" = "open";
  /** Most often there is one. */
  #listener: AbortListener | undefined;
  #others: AbortListener[] | undefined;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get values(): Values {
    this.#values ??= this.#carrier.values ?? new Values();
    return this.#values;
  }

  get ask(): Exchange | undefined {
    return this.#carrier.ask;
  }

  get binding(): Binding | undefined {
    return this.#carrier.binding;
  }

  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    if (this.#state === "open") return this.#carrier.emit(notification);
  }

  /** Whether {@link abort} was called. */
  get aborted(): boolean {
    return this.#state === "aborted";
  }

  /** The request has its answer: what is emitted from now on belongs to nothing. */
  end(): void {
    if (this.#state === "open") this.#state = "answered";
  }

  /** Says that the answer is no longer wanted. Only the first call counts. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.#state = "aborted";
    this.#reason = reason;
    this.#controller?.abort(reason);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.stop(reason);
    for (const other of this.#others?.splice(0) ?? []) other.stop(reason);
  }

  /** @internal Called by {@link listen}. */
  listen(listener: AbortListener): void {
    if (this.aborted) listener.stop(this.#reason);
    else if (this.#listener === undefined) this.#listener = listener;
    else if (this.#others === undefined) this.#others = [listener];
    else this.#others.push(listener);
  }

  /** @internal Called by {@link unlisten}. */
  unlisten(listener: AbortListener): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#others = this.#others?.filter((other) => other !== listener);
  }
}

/** What {@link deriveCall} puts in place of a call's own. */
export interface CallChanges {
  readonly emit?: Call["emit"];
  readonly ask?: Exchange;
  readonly binding?: Binding;
}

/**
 * A call like another, but for what is given: for middleware that looks at notifications or questions on their way.
 *
 * @example
 * ```ts
 * const counted: Middleware = (next) => (request, call) =>
 *   next(request, deriveCall(call, { emit: (notification) => (count++, call.emit(notification)) }));
 * ```
 */
export function deriveCall(call: Call, changes: CallChanges): Call {
  return new DerivedCall(call, changes);
}

class DerivedCall implements Call {
  readonly original: Call;
  readonly #changes: CallChanges;

  constructor(original: Call, changes: CallChanges) {
    this.original = original;
    this.#changes = changes;
  }

  get signal(): AbortSignal {
    return this.original.signal;
  }

  get values(): Values {
    return this.original.values;
  }

  get ask(): Exchange | undefined {
    return this.#changes.ask ?? this.original.ask;
  }

  get binding(): Binding | undefined {
    return this.#changes.binding ?? this.original.binding;
  }

  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    return this.#changes.emit === undefined ? this.original.emit(notification) : this.#changes.emit(notification);
  }
}

/** Whether a call was aborted, without making its signal where there is a cheaper way. */
export function isAborted(call: Call): boolean {
  if (call instanceof OpenCall) return call.aborted;
  return call instanceof DerivedCall ? isAborted(call.original) : call.signal.aborted;
}

/**
 * Tells a binding when a call is aborted, without making its `AbortSignal` where there is a cheaper way.
 * Gives back what ends the listening.
 */
export function onAbort(call: Call, stop: (reason: unknown) => void): () => void {
  const listener: AbortListener = { stop, handleEvent: () => stop(call.signal.reason) };
  listen(call, listener);
  return () => unlisten(call, listener);
}

/** The same for an object, which costs nothing more. */
export function listen(call: Call, listener: AbortListener): void {
  if (call instanceof OpenCall) call.listen(listener);
  else if (call instanceof DerivedCall) listen(call.original, listener);
  else if (call.signal.aborted) listener.stop(call.signal.reason);
  else call.signal.addEventListener("abort", listener, { once: true });
}

/** Ends the listening. */
export function unlisten(call: Call, listener: AbortListener): void {
  if (call instanceof OpenCall) call.unlisten(listener);
  else if (call instanceof DerivedCall) unlisten(call.original, listener);
  else call.signal.removeEventListener("abort", listener);
}
