// A key that somebody was given, sent as a bearer token; and what becomes of requests without one.
//
//   npm run example -- bearer
import { LocalError, ProtocolError } from "mcplex";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";
import { close, url } from "./server.ts";

/** Connects with a key, or without one. A function instead of the object may give another key for each request. */
function connect(key?: string): Promise<Client> {
  return Client.connect(http(url, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }));
}

/** Why something was refused. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LocalError) return `status ${(error.data as { status: number }).status}`;
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
  throw new Error("It was allowed");
}

const ada = await connect(process.env["NOTES_KEY"] ?? "key-of-ada");
console.log(await ada.call("whoami"));
console.log(await ada.call("clear"));
await ada.close();

const bob = await connect("key-of-bob");
console.log(await bob.call("whoami"));
console.log("clear, by bob:", await refusal(bob.call("clear")));
await bob.close();

console.log("with a guess:", await refusal(connect("key-of-eve")));
console.log("without a key:", await refusal(connect()));

// What any client is told, and where that leads.
const reply = await fetch(url, { method: "POST" });
const challenge = reply.headers.get("www-authenticate") ?? "";
console.log(challenge.replaceAll(new URL(url).origin, "…"));
const [, document = ""] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
console.log(((await (await fetch(document)).json()) as { authorization_servers: string[] }).authorization_servers);
await close();
