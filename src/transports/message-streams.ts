/** Gives items one after another. */
export interface Source {
  next(): Promise<{ readonly done?: boolean; readonly value?: unknown }>;
  /** Says that no more are wanted. */
  stop(): void;
}

/** Takes items one after another. */
export interface Sink {
  /** Gives a promise where the next item has to wait. */
  write(item: unknown): Promise<unknown> | undefined;
  /** Says that no more will come. */
  end(): unknown;
  /** Settles with the reason when items can no longer be taken. */
  readonly broken: Promise<unknown>;
}

/** The part of Node's writable streams that others with `write` do not have. */
interface NodeEvents {
  on?(event: "error" | "close", listener: (error?: unknown) => void): unknown;
  once?(event: "drain" | "close", listener: () => void): unknown;
}

interface Writing extends NodeEvents {
  write(item: unknown): unknown;
  end?(done?: () => void): unknown;
}

interface Iterated extends AsyncIterable<unknown> {
  destroy?(): unknown;
}

/** A web stream or an async iterable as a source; `undefined` for anything else. */
export function toSource(from: unknown): Source | undefined {
  if (typeof from !== "object" || from === null) return undefined;
  if ("getReader" in from) {
    const reader = (from as ReadableStream<unknown>).getReader();
    return { next: () => reader.read(), stop: () => ignore(reader.cancel()) };
  }
  if (!(Symbol.asyncIterator in from)) return undefined;
  const iterable = from as Iterated;
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    stop: () => {
      // A generator that waits takes note of return() only when its wait is over; a Node stream ends its own wait.
      iterable.destroy?.();
      ignore(iterator.return?.());
    },
  };
}

/** A web stream, a function or an object with `write` as a sink; `undefined` for anything else. */
export function toSink(to: unknown): Sink | undefined {
  if (typeof to === "function") {
    return { write: (item) => promised(to(item)), end: () => undefined, broken: new Promise(() => {}) };
  }
  if (typeof to !== "object" || to === null) return undefined;
  if ("getWriter" in to) return webSink((to as WritableStream<unknown>).getWriter());
  return typeof (to as { write?: unknown }).write === "function" ? objectSink(to as Writing) : undefined;
}

function webSink(writer: WritableStreamDefaultWriter<unknown>): Sink {
  return {
    write(item) {
      // What fails is told by `closed`.
      ignore(writer.write(item));
      return (writer.desiredSize ?? 1) > 0 ? undefined : writer.ready;
    },
    end: () => writer.close(),
    broken: new Promise((resolve) => void writer.closed.catch(resolve)),
  };
}

function objectSink(to: Writing): Sink {
  const isNode = to.once !== undefined;
  const broken = new Promise<unknown>((resolve) => {
    to.on?.("error", resolve);
    to.on?.("close", () => resolve(new Error("The stream closed")));
  });
  return {
    broken,
    write(item) {
      const taken = to.write(item);
      if (taken !== false || !isNode) return promised(taken);
      return new Promise<void>((resolve) => to.once?.("drain", resolve));
    },
    end() {
      if (!isNode) return to.end?.();
      return new Promise<void>((resolve) => {
        // A stream that was destroyed does not call back.
        to.once?.("close", resolve);
        to.end?.(resolve);
      });
    },
  };
}

function promised(value: unknown): Promise<unknown> | undefined {
  const then = (value as { then?: unknown } | null | undefined)?.then;
  return typeof then === "function" ? Promise.resolve(value) : undefined;
}

function ignore(promise: Promise<unknown> | undefined): void {
  promise?.catch(() => {});
}
