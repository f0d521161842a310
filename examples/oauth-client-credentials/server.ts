// Sales figures that only known programs may read. The authorization server runs in this program; elsewhere, name yours.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { protect, verifyJwt } from "mcplex/auth/server";
import { nodeHandler } from "mcplex/node";
import { Server } from "mcplex/server";
import { closeAuthority, issuer } from "./authority.ts";

const server = new Server({ name: "sales", version: "1.0.0" })
  .tool("total", {}, (_, { auth }) => `1204 sold, says the server to ${auth?.clientId}`)
  .tool("reset", { scopes: ["sales:write"] }, () => "all gone");

const http = createServer();
await once(http.listen(0, "127.0.0.1"), "listening");

export const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;

const handler = nodeHandler(
  server,
  protect({
    resource: url,
    authorizationServers: [issuer],
    scopes: ["sales:read"],
    verify: verifyJwt({ issuer, audience: url, jwks: `${issuer}/jwks` }),
  }),
);
http.on("request", handler);

export async function close(): Promise<void> {
  await handler.close();
  http.close();
  http.closeAllConnections();
  closeAuthority();
}
