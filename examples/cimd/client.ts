// A web application that is known by the URL of a document about it (Client ID Metadata Document): it is registered
// nowhere, has no secret, and has the same `client_id` at every authorization server.
//
//   npm run example -- cimd
import { authorizationCode, withOAuth } from "mcplex/auth/client";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";
import { close, url } from "./server.ts";
import { agree, document } from "./web.ts";

/** Connects as the client that a document tells of, for a user who comes back to a URL. */
async function connect(clientMetadataUrl: string, redirectUri: string): Promise<Client> {
  const grant = authorizationCode({ clientMetadataUrl, redirectUri, authorize: (target) => agree(target) });
  const fetch = withOAuth(globalThis.fetch, { grant });
  await fetch.authorize(url);
  return Client.connect(http(url, { fetch }));
}

const client = await connect(document.client_id, "https://planner.example/callback");
console.log(await client.call("today"));
await client.close();

// Others come to nothing: the document says where its users come back to, and stands at its own URL.
for (const [clientId, redirectUri] of [
  ["https://planner.example/client.json", "https://thief.example/callback"],
  ["https://copycat.example/client.json", "https://planner.example/callback"],
] as const) {
  await connect(clientId, redirectUri).catch((error: Error) => console.log(`${clientId}: ${error.message}`));
}
await close();
