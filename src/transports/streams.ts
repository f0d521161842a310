import { DefinitionError } from "../errors.ts";
import type { NdjsonOptions } from "../jsonrpc/channels/index.ts";
import type { Channel } from "../jsonrpc/index.ts";
import { type BytePipe, type NodeReadable, type NodeWritable, nodePipe, webPipe } from "../jsonrpc/pipes/index.ts";
import { late } from "./late.ts";

/** The part of a web `ReadableStream` of bytes that a channel needs; that of `node:stream/web` fits as well. */
export interface WebReadable {
  readonly locked: boolean;
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
}

/** The part of a web `WritableStream` of bytes that a channel needs; that of `node:stream/web` fits as well. */
export interface WebWritable {
  readonly locked: boolean;
  getWriter(): { write(chunk: Uint8Array): Promise<void> };
}

/** Bytes both ways: a pair of web streams, a pair of Node streams, or one duplex stream such as a socket. */
export type ByteStreams =
  | { readonly readable: WebReadable; readonly writable: WebWritable }
  | { readonly readable: NodeReadable; readonly writable: NodeWritable }
  | (NodeReadable & Omit<NodeWritable, "on">);

/**
 * Makes a channel of anything that carries bytes: messages are lines of JSON, as on stdio.
 *
 * It takes the streams over: closing the channel ends both.
 *
 * @throws DefinitionError for anything else, for streams that somebody else reads or writes already, and for Node
 * streams that give text or objects instead of bytes.
 * @example
 * ```ts
 * net.createServer((socket) => serve(server, fromStreams(socket))).listen("/run/notes.sock");
 * const client = await Client.connect(fromStreams(net.connect("/run/notes.sock")));
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports#custom-transports
 */
export function fromStreams(streams: ByteStreams, options: NdjsonOptions = {}): Channel {
  // From the first moment on: a stream may break before anybody reads it.
  const pipe = toPipe(streams);
  return late(({ ndjson }) => ndjson(pipe, options));
}

function toPipe(streams: unknown): BytePipe {
  if (isNodeReadable(streams) && isNodeWritable(streams)) return nodePipe(givesBytes(streams), streams);
  const { readable, writable } = (streams ?? {}) as { readable?: unknown; writable?: unknown };
  if (isNodeReadable(readable) && isNodeWritable(writable)) return nodePipe(givesBytes(readable), writable);
  if (
    has<ReadableStream<Uint8Array>>(readable, "getReader") &&
    has<WritableStream<Uint8Array>>(writable, "getWriter")
  ) {
    if (!readable.locked && !writable.locked) return webPipe(readable, writable);
    throw new DefinitionError("fromStreams got a stream that is locked: give it streams that nobody else uses");
  }
  throw new DefinitionError(
    "fromStreams takes { readable, writable } with two web streams or two Node streams, or one Node duplex stream",
  );
}

function givesBytes(readable: NodeReadable): NodeReadable {
  const { readableEncoding, readableObjectMode } = readable as {
    readableEncoding?: unknown;
    readableObjectMode?: unknown;
  };
  if (readableObjectMode === true) {
    throw new DefinitionError("fromStreams got a stream of objects: use fromMessages for it");
  }
  if (readableEncoding === undefined || readableEncoding === null) return readable;
  throw new DefinitionError("fromStreams got a stream that gives text: leave out its setEncoding()");
}

function isNodeReadable(value: unknown): value is NodeReadable {
  return has<NodeReadable>(value, "on") && has(value, "pause");
}

function isNodeWritable(value: unknown): value is NodeWritable {
  return has<NodeWritable>(value, "write") && has(value, "on") && has(value, "end");
}

function has<T>(value: unknown, method: keyof T & string): value is T {
  return (
    typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)[method] === "function"
  );
}
