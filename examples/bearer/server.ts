// Shared notes for who has a key. What a key is worth, a function of this program says.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { InvalidTokenError, protect, type Verify } from "mcplex/auth/server";
import { nodeHandler } from "mcplex/node";
import { Server } from "mcplex/server";

/** By the digests of their keys: who reads this list gets in nowhere. Keys must be long and random. */
const owners = new Map([
  // printf %s key-of-ada | sha256sum
  ["5532e44183f47ed1fc146851b96d585c24da5bd5fe31a885cebc357261ed8f7f", { subject: "ada", scopes: ["notes:write"] }],
  ["808a1d81b5de08d72083995df738947d519d230a20c236003268f0f4b65ee475", { subject: "bob", scopes: [] }],
]);

const verify: Verify = (token) => {
  const owner = owners.get(createHash("sha256").update(token).digest("hex"));
  if (owner === undefined) throw new InvalidTokenError("No such key");
  return owner;
};

const server = new Server({ name: "notes", version: "1.0.0" })
  .tool("whoami", {}, (_, { auth }) => auth?.subject ?? "nobody")
  .tool("clear", { scopes: ["notes:write"] }, (_, { auth }) => `cleared by ${auth?.subject}`);

const http = createServer();
await once(http.listen(0, "127.0.0.1"), "listening");

export const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;

// `authorizationServers` says where keys are to be had. None is bound to another key (DPoP).
const guard = protect({ resource: url, authorizationServers: ["https://keys.example"], verify, dpop: false });
const handler = nodeHandler(server, guard);
http.on("request", handler);

export async function close(): Promise<void> {
  await handler.close();
  http.close();
  http.closeAllConnections();
}
