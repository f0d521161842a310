// A program without a user gets in by a secret of its own. It knows the URL of the server and nothing else: where tokens
// are to be had, and for which scopes, it learns from there.
//
//   npm run example -- oauth-client-credentials
import { AuthError } from "mcplex";
import { clientCredentials, withOAuth } from "mcplex/auth/client";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";
import { close, url } from "./server.ts";

/** Connects as the program that has this secret. */
function connect(clientSecret: string): Promise<Client> {
  const grant = clientCredentials({ client: { clientId: "nightly-report", clientSecret } });
  const fetch = withOAuth(globalThis.fetch, {
    grant,
    onEvent: ({ type, scope }) => console.log(`(${type}: ${scope})`),
  });
  return Client.connect(http(url, { fetch }));
}

/** What came of something that may not be allowed. */
async function attempt(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AuthError) return `AuthError ${error.code}: ${error.data["error"] ?? error.data["scope"]}`;
    throw error;
  }
}

const client = await connect(process.env["REPORT_SECRET"] ?? "kept-by-the-report");
console.log(await client.call("total"));

// The authorization server gives the report no such scope, however often it is asked.
console.log(await attempt(client.call("reset")));
await client.close();

console.log(await attempt(connect("guessed")));
await close();
