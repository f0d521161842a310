import type { Connector, PeerOptions, Transport } from "../../jsonrpc/index.ts";
import { checkStdio, type StdioOptions } from "./options.ts";

/**
 * A server that runs as a child process and speaks over its stdin and stdout.
 *
 * It is started when a client connects. `client.close()` ends it with every process that it started, and resolves when
 * they are gone; so does the end of this process.
 *
 * @example
 * ```ts
 * const client = await Client.connect(stdio({ command: "node", args: ["server.js"], env: { API_KEY: key } }));
 * ```
 * @throws DefinitionError for options that no process could be started with.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports#stdio
 */
export function stdio(options: StdioOptions): Connector {
  checkStdio(options);
  const ending = new Set<Promise<void>>();
  return {
    restart: options.restart === true,
    async open(peerOptions?: PeerOptions): Promise<Transport> {
      const { startChild } = await import("./child-transport.ts");
      // The one before may still hold a port or a lock.
      await Promise.all(ending);
      const onEnding = (gone: Promise<void>): void => {
        ending.add(gone);
        void gone.then(() => ending.delete(gone));
      };
      return startChild(options, onEnding, peerOptions);
    },
  };
}
