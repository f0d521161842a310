import type { Channel } from "../jsonrpc/index.ts";
import { late } from "./late.ts";

/**
 * Two channels joined in memory: what one sends, the other receives, in order and as JSON would carry it.
 *
 * Nothing that can change is shared between the two sides, and what could not travel on a real wire does not travel here.
 *
 * @example
 * ```ts
 * const [here, there] = memory();
 * serve(server, there);
 * const client = await Client.connect(here);
 * ```
 */
export function memory(): [Channel, Channel] {
  let pair: readonly [Channel, Channel] | undefined;
  const one = late(({ memoryPair }) => (pair ??= memoryPair())[0]);
  return [one, late(({ memoryPair }) => (pair ??= memoryPair())[1])];
}
