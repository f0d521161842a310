import { LocalError } from "../errors.ts";
import type { Connector, PeerOptions, Transport } from "../jsonrpc/index.ts";

/**
 * The two ends of a conversation in memory: what one asks, the other answers, as JSON would carry it.
 *
 * Nothing that can change is shared between the two sides, and what could not travel on a real wire does not travel here.
 * Each end is for one connection.
 *
 * @example
 * ```ts
 * const [here, there] = memory();
 * serve(server, there);
 * const client = await Client.connect(here);
 * ```
 */
export function memory(): [Connector, Connector] {
  // What describes two ends must not load what joins them.
  let pair: Promise<readonly [Opened, Opened]> | undefined;
  const open = (end: 0 | 1): Connector => {
    let isOpen = false;
    return {
      async open(options: PeerOptions = {}): Promise<Transport> {
        if (isOpen) throw new LocalError("closed", "This end in memory has had its connection: make two new ones");
        isOpen = true;
        pair ??= import("./memory-transport.ts").then(({ memoryPair }) => memoryPair());
        return (await pair)[end].use(options);
      },
    };
  };
  return [open(0), open(1)];
}

type Opened = Transport & { use(options: PeerOptions): Transport };
