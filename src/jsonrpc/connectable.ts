import type { Channel } from "./channel.ts";
import { ndjson, type NdjsonOptions } from "./ndjson.ts";
import { peer } from "./peer.ts";
import type { PeerOptions } from "./peer-options.ts";
import { webPipe } from "./pipe.ts";
import type { Transport } from "./transport.ts";

/** What carries messages: a transport, a channel, or a pair of web streams of bytes. */
export type Carrier =
  | Transport
  | Channel
  | { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<Uint8Array> };

/** The transport that something is, or that it becomes. */
export function toTransport(carrier: Carrier, options: PeerOptions & NdjsonOptions): Transport {
  if ("exchange" in carrier) return carrier;
  return peer("receive" in carrier ? carrier : ndjson(webPipe(carrier.readable, carrier.writable), options), options);
}
