import { createSender } from "#sender";
import type { Connector, PeerOptions, Transport } from "../../jsonrpc/index.ts";
import { checkedHeaders, checkOptions, type HttpOptions, serverUrl } from "./options.ts";

/**
 * A server that is reached by HTTP: by Streamable HTTP, in every revision that has it, and where the server knows only
 * the transport of 2024-11-05, by that.
 *
 * Each message is a request of its own, so a slow answer holds up no other. `client.close()` ends the session, where
 * the server keeps one.
 *
 * @example
 * ```ts
 * const client = await Client.connect(http("https://example.com/mcp", { headers: { authorization: `Bearer ${token}` } }));
 * ```
 * @throws DefinitionError for a URL that is none, and for options that make no sense or are not possible here.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function http(url: string | URL, options: HttpOptions = {}): Connector {
  const server = serverUrl(url);
  checkOptions(options);
  const headers = checkedHeaders(options.headers);
  // What this platform cannot do is said here, and not when a client connects.
  createSender(server, options).close();
  return {
    // Only in the transport of 2024-11-05 is there a stream with which the whole conversation is lost.
    restart: true,
    async open(peerOptions?: PeerOptions): Promise<Transport> {
      const { HttpTransport } = await import("./transport.ts");
      return new HttpTransport(server, createSender(server, options), { ...options, headers }, peerOptions);
    },
  };
}
