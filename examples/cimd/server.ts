// A calendar for web applications that nobody has registered. The authorization server runs in this program.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { InvalidTokenError, protect, type Verify } from "mcplex/auth/server";
import { nodeHandler } from "mcplex/node";
import { Server } from "mcplex/server";
import { closeAuthority, issuer, tokens } from "./authority.ts";

const server = new Server({ name: "calendar", version: "1.0.0" }).tool(
  "today",
  {},
  (_, { auth }) => `Tea at four, says the server to ${auth?.clientId}`,
);

const http = createServer();
await once(http.listen(0, "127.0.0.1"), "listening");

export const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;

const verify: Verify = (token) => {
  const right = tokens.get(token);
  if (right?.resource !== url) throw new InvalidTokenError("No token for this server");
  return { issuer, clientId: right.clientId, subject: "alice", scopes: right.scope.split(" ") };
};

const handler = nodeHandler(
  server,
  protect({ resource: url, authorizationServers: [issuer], scopes: ["calendar:read"], verify }),
);
http.on("request", handler);

export async function close(): Promise<void> {
  await handler.close();
  http.close();
  http.closeAllConnections();
  closeAuthority();
}
