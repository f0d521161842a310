/** A guarded server that listens, with an authorization server of another author. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type DpopOptions, protect, verifyByIntrospection } from "../../src/auth/server/index.ts";
import { nodeHandler } from "../../src/node/index.ts";
import { type Honest, honest } from "../auth/provider.ts";
import { testServer } from "../http/reached.ts";

/** How a server is guarded. */
export interface Guarding {
  readonly dpop?: DpopOptions;
  /** How long what is known of a token is kept, in milliseconds. */
  readonly cache?: number;
  /** Whether the authorization server shows pages to the user. */
  readonly pages?: boolean;
}

/** A guarded server. Its tool `who` says who asks, and nobody may use the tool `more`. */
export interface Guarded {
  readonly url: string;
  readonly authority: Honest;
  /** Why requests were refused. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

/** Starts both. */
export async function guarded({ dpop = {}, cache = 10_000, pages = false }: Guarding = {}): Promise<Guarded> {
  const node = createServer();
  await once(node.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(node.address() as AddressInfo).port}/mcp`;
  const authority = await honest(() => url, { pages });
  const { issuer } = authority;
  const refused: string[] = [];
  const server = testServer()
    .tool("who", {}, (_, { auth }) => `${auth?.subject ?? auth?.clientId} ${auth?.scopes.join(" ")}`)
    .tool("more", { scopes: ["root"] }, () => "never");
  const guard = protect({
    resource: url,
    authorizationServers: [issuer],
    scopes: ["tools"],
    verify: verifyByIntrospection({
      url: `${issuer}/token/introspection`,
      client: { id: "machine", secret: "machine-secret" },
      audience: url,
      issuer,
      cache,
    }),
    dpop,
    onRefused: (reason) => refused.push(reason),
  });
  const handler = nodeHandler(server, guard);
  node.on("request", handler);
  return {
    url,
    authority,
    refused,
    async close() {
      await handler.close({ graceTimeout: 0 });
      node.closeAllConnections();
      await new Promise((resolve) => node.close(resolve));
      await authority.close();
    },
  };
}
