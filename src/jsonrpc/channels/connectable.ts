import type { Channel, PeerOptions, Transport } from "../index.ts";
import { type BytePipe, type NodeReadable, type NodeWritable, nodePipe, webPipe } from "../pipes/index.ts";
import { ndjson, type NdjsonOptions } from "./ndjson.ts";
import { peer } from "./peer.ts";

/** A pair of streams of bytes, as the web or as Node has them. */
export type StreamPair =
  | { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<Uint8Array> }
  | { readonly readable: NodeReadable; readonly writable: NodeWritable };

/** What carries messages: a transport, a channel, or a pair of streams of bytes. */
export type Carrier = Transport | Channel | StreamPair;

/** The transport that something is, or that it becomes. */
export function toTransport(carrier: Carrier, options: PeerOptions & NdjsonOptions): Transport {
  if ("exchange" in carrier) return carrier;
  return peer("receive" in carrier ? carrier : ndjson(toPipe(carrier), options), options);
}

function toPipe(pair: StreamPair): BytePipe {
  return "on" in pair.readable
    ? nodePipe(pair.readable, pair.writable as NodeWritable)
    : webPipe(pair.readable, pair.writable as WritableStream<Uint8Array>);
}
