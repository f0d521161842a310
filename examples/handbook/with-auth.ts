import { appendFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { AuthError } from "mcplex";
import { authorizationCode, clientCredentials, type OAuthOptions, withOAuth } from "mcplex/auth/client";
import { protect, verifyJwt } from "mcplex/auth/server";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";
import { nodeHandler, receiveCallback } from "mcplex/node";
import { jsonSchema } from "mcplex/server";
import { browse, startAuthority } from "./authority.ts";
import { Folder } from "./folder.ts";
import { createHandbook } from "./handbook.ts";
import { DemoError } from "./steps.ts";

/** Says what was done, what came of it, and what travelled. */
type Print = (done: string, outcome: string, travelled: string) => void;

/** The scopes of the handbook: every request needs the first one. */
const [READ, WRITE] = ["pages:read", "pages:write"] as const;

const note = jsonSchema<{ text: string }>({
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
});

/** A handbook that lets in only who has a token, and a tool that needs more than the others. */
async function startProtected(folder: string) {
  const node = createServer();
  await once(node.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(node.address() as AddressInfo).port}/mcp`;
  const authority = await startAuthority(url, [READ, WRITE]);
  const handbook = createHandbook(await Folder.open(folder))
    .tool(
      "whoami",
      {},
      (_, { auth }) => `${auth?.subject}, by ${programOf(auth?.clientId)}, may ${auth?.scopes.join(" ")}`,
    )
    .tool("note", { input: note, scopes: [WRITE] }, async ({ text }, { auth }) => {
      await appendFile(join(folder, "notes.md"), `- ${text} (${auth?.subject})\n`);
      return "noted";
    });
  const { issuer, jwks } = authority;
  const guard = protect({
    resource: url,
    authorizationServers: [issuer],
    scopes: [READ],
    verify: verifyJwt({ issuer, audience: url, jwks }),
  });
  const handler = nodeHandler(handbook, guard);
  node.on("request", handler);
  const close = async () => {
    await handler.close({ graceTimeout: 0 });
    node.close();
    node.closeAllConnections();
    await authority.close();
  };
  return { url, authority, close };
}

function programOf(clientId = "?"): string {
  return /^[a-z-]+$/.test(clientId) ? clientId : "a program that has registered";
}

/** Notes the requests that a client sends, and what they are answered. */
class Traffic {
  readonly #noted: string[] = [];
  /** The headers of the last request that had a token. */
  authorized = new Headers();

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.headers.has("authorization") && request.url.endsWith("/mcp")) this.authorized = request.headers;
    const response = await fetch(input, init);
    const error = /error="([^"]+)"/.exec(response.headers.get("www-authenticate") ?? "")?.[1];
    this.#noted.push(
      `${request.method} ${new URL(request.url).pathname} ${response.status}${error ? ` ${error}` : ""}`,
    );
    return response;
  };

  take(): string {
    return this.#noted.splice(0).join("  ");
  }
}

/** Gets in at a protected handbook in three ways, and then has to ask for more. */
export async function visitWithAuth(folder: string, print: Print, headline: (text: string) => void): Promise<void> {
  const { url, authority, close } = await startProtected(folder);
  headline(`Protected: ${url}, with tokens of ${authority.issuer}`);
  const receiver = await receiveCallback();
  const asked: string[] = [];
  const byUser = authorizationCode({
    redirectUri: receiver.redirectUri,
    clientMetadata: { client_name: "The handbook's demo" },
    async authorize(target, { scope = "", signal }) {
      asked.push(scope);
      const [callback] = await Promise.all([receiver.callback(target, { signal }), browse(target)]);
      return callback;
    },
  });
  try {
    headline("By a user, with an authorization code");
    await enter(url, { grant: byUser }, async (client, traffic) => {
      print("Ask who I am", await whoami(client), traffic.take());
      print("Read", await read(client), traffic.take());
    });
    headline("As a program, with client credentials");
    await enter(url, { grant: clientCredentials({ client: authority.reader }) }, async (client, traffic) => {
      print("Ask who I am", await whoami(client), traffic.take());
      print("Leave a note", await refused(client), traffic.take());
    });
    headline("By a user, with tokens that are bound to a key");
    await enter(url, { grant: byUser, dpop: true }, async (client, traffic) => {
      print("Ask who I am", await whoami(client), traffic.take());
      print("Use the token without the key", await steal(url, traffic), traffic.take());
    });
    headline("By a user, who is asked for more");
    asked.length = 0;
    await enter(url, { grant: byUser }, async (client, traffic) => {
      print("Ask who I am", await whoami(client), traffic.take());
      const outcome = await client.call("note", { text: "The handbook is protected now." });
      print("Leave a note", `${outcome}, after the user was asked for ${asked.join(", then ")}`, traffic.take());
      print("Ask who I am", await whoami(client), traffic.take());
    });
  } finally {
    await receiver.close();
    await close();
  }
}

async function enter(
  url: string,
  options: OAuthOptions,
  use: (client: Client, traffic: Traffic) => Promise<void>,
): Promise<void> {
  const traffic = new Traffic();
  const fetch = withOAuth(traffic.fetch, options);
  const client = await Client.connect(http(url, { fetch }), { info: { name: "handbook-demo", version: "1.0.0" } });
  try {
    await use(client, traffic);
  } finally {
    await client.close();
  }
}

async function whoami(client: Client): Promise<string> {
  return String(await client.call("whoami"));
}

async function read(client: Client): Promise<string> {
  for await (const { uri, name } of client.resources()) {
    const { contents } = await client.readResource(uri);
    const [content] = contents;
    if (content !== undefined && "text" in content) return `${name} has ${content.text.split("\n").length} lines`;
  }
  throw new DemoError("The folder has no Markdown file");
}

/** A program cannot ask anybody for more. */
async function refused(client: Client): Promise<string> {
  try {
    await client.call("note", { text: "never" });
  } catch (error) {
    if (error instanceof AuthError) return `refused, and its authorization server says ${error.data["error"]}`;
    throw error;
  }
  throw new DemoError("A program wrote that may only read");
}

/** What somebody can do with a request that was overheard. */
async function steal(url: string, { authorized, fetch }: Traffic): Promise<string> {
  const token = authorized.get("authorization")?.replace(/^DPoP /, "");
  const bare = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  const again = await fetch(url, { method: "POST", headers: authorized });
  const outcomes = [bare, again].map(({ status }) => status);
  if (outcomes.some((status) => status !== 401))
    throw new DemoError(`A stolen token was taken: ${outcomes.join(", ")}`);
  return "refused, and so is a proof that was used before";
}
