// Documents of users who log in elsewhere: this server sees their tokens and never their passwords. The authorization
// server runs in this program; elsewhere, name yours.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { protect, verifyByIntrospection } from "mcplex/auth/server";
import { nodeHandler } from "mcplex/node";
import { Server } from "mcplex/server";
import { closeAuthority, introspector, issuer } from "./authority.ts";

const server = new Server({ name: "documents", version: "1.0.0" })
  .tool("read", {}, (_, { auth }) => `What ${auth?.subject} wrote`)
  .tool("publish", { scopes: ["documents:publish"] }, (_, { auth }) => `Published for ${auth?.subject}`);

const http = createServer();
await once(http.listen(0, "127.0.0.1"), "listening");

export const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;

const handler = nodeHandler(
  server,
  protect({
    resource: url,
    authorizationServers: [issuer],
    scopes: ["documents:read"],
    verify: verifyByIntrospection({ url: `${issuer}/introspect`, client: introspector, audience: url }),
  }),
);
http.on("request", handler);

export async function close(): Promise<void> {
  await handler.close();
  http.close();
  http.closeAllConnections();
  closeAuthority();
}
