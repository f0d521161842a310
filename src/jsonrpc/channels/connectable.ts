import type { Channel, PeerOptions, Transport } from "../index.ts";
import { type BytePipe, webPipe } from "../pipes/index.ts";
import { ndjson, type NdjsonOptions } from "./ndjson.ts";
import { peer } from "./peer.ts";

/** What carries messages: a transport, a channel, bytes both ways, or a pair of web streams of bytes. */
export type Carrier =
  | Transport
  | Channel
  | BytePipe
  | { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<Uint8Array> };

/** The transport that something is, or that it becomes. */
export function toTransport(carrier: Carrier, options: PeerOptions & NdjsonOptions): Transport {
  if ("exchange" in carrier) return carrier;
  if ("receive" in carrier) return peer(carrier, options);
  const pipe = "start" in carrier ? carrier : webPipe(carrier.readable, carrier.writable);
  return peer(ndjson(pipe, options), options);
}
