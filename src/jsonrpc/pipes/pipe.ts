import { limits } from "../../limits.ts";

/** Bytes both ways, whatever carries them. The framing above it is `ndjson`. */
export interface BytePipe {
  /** Starts reading. `chunk` gets the bytes in order; `end` is called once, with an error where it broke. */
  start(chunk: (bytes: Uint8Array) => void, end: (error?: Error) => void): void;
  /** Writes. Gives a promise only when the reader is slow; it settles when there is room again. */
  write(data: string | Uint8Array): void | Promise<void>;
  /** What is written until {@link uncork} may leave together. */
  cork?(): void;
  uncork?(): void;
  /** Ends both directions, after what was written has left. */
  close(): Promise<void>;
}

/** The part of a Node readable stream that a pipe needs. */
export interface NodeReadable {
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  pause(): unknown;
  destroy?(): unknown;
  /** Whether its end was read by somebody else before. */
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
}

/** The part of a Node writable stream that a pipe needs. */
export interface NodeWritable {
  write(data: string | Uint8Array): boolean;
  /** Ends it; the callback comes when all has left. */
  end(callback: () => void): unknown;
  on(event: "drain" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  destroy?(): unknown;
  cork?(): unknown;
  uncork?(): unknown;
  readonly writable: boolean;
}

/** A pipe over a pair of Node streams, or over one duplex given twice. */
export function nodePipe(readable: NodeReadable, writable: NodeWritable): BytePipe {
  let room: Promise<void> | undefined;
  let settle: (() => void) | undefined;
  const free = (): void => {
    room = undefined;
    settle?.();
  };
  let ended: ((error?: Error) => void) | undefined;
  let over = false;
  let failure: Error | undefined;
  // From the first moment on: nobody may have begun to read when a stream breaks.
  const finish = (error?: Error): void => {
    if (over) return;
    over = true;
    failure = error;
    ended?.(error);
  };
  writable.on("drain", free);
  writable.on("close", free);
  writable.on("error", free);
  writable.on("error", finish);
  readable.on("end", () => finish());
  readable.on("close", () => finish());
  readable.on("error", finish);
  return {
    start(chunk, end) {
      readable.on("data", chunk);
      // A stream that is over says so no second time.
      if (readable.readableEnded === true || readable.destroyed === true) over = true;
      if (over) queueMicrotask(() => end(failure));
      else ended = end;
    },
    cork: () => void writable.cork?.(),
    uncork: () => void writable.uncork?.(),
    write(data) {
      if (!writable.writable || writable.write(data)) return;
      room ??= new Promise((resolve) => {
        settle = resolve;
      });
      return room;
    },
    async close() {
      // A socket that is destroyed with something unread takes back what it has sent: so read on, to nobody.
      const socket = (readable as unknown) === writable;
      if (!socket) readable.pause();
      free();
      if (writable.writable) {
        await patiently((left) => {
          writable.on("close", left);
          writable.on("error", left);
          writable.end(() => (socket ? readable.on("end", left) : left()));
        });
      }
      readable.destroy?.();
      writable.destroy?.();
    },
  };
}

/** Waits for something, but not for ever: a reader that reads no more must not hold the end. */
function patiently(start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, limits.flushTimeout);
    start(() => {
      clearTimeout(patience);
      resolve();
    });
  });
}

/** A pipe over a pair of web streams, such as the halves of a `TransformStream` or of a socket. */
export function webPipe(readable: ReadableStream<Uint8Array>, writable: WritableStream<Uint8Array>): BytePipe {
  const encoder = new TextEncoder();
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let broken: ((error: Error) => void) | undefined;
  const read = async (chunk: (bytes: Uint8Array) => void): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!ArrayBuffer.isView(value)) throw new TypeError("The stream gives text; what carries messages gives bytes");
      chunk(value);
    }
  };
  return {
    start(chunk, end) {
      broken = end;
      read(chunk).then(() => end(), end);
    },
    write(data) {
      const bytes = typeof data === "string" ? encoder.encode(data) : data;
      writer.write(bytes).catch((error: Error) => broken?.(error));
      if ((writer.desiredSize ?? 1) <= 0) return writer.ready.catch(() => {});
    },
    async close() {
      await patiently((left) => void writer.close().then(left, left));
      // Neither waits: they settle when a write that nobody takes does, which may be never.
      writer.abort().catch(() => {});
      reader.cancel().catch(() => {});
    },
  };
}
