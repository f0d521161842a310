// A stand-in for an authorization server that registers nobody: a client is the URL of a document, which it reads. Its one
// user is logged in already, and is asked whether that client may come in. Yours has all this already,
// and more: log-in, sessions, refresh tokens, limits.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { read } from "./web.ts";

/** What the user lets a client do at a resource. */
interface Right {
  readonly clientId: string;
  readonly scope: string;
  readonly resource: string;
}

const codes = new Map<string, { readonly right: Right; readonly redirectUri: string; readonly challenge: string }>();
/** Elsewhere the server finds in a token what stands here, or asks for it. */
export const tokens = new Map<string, Right>();

const http = createServer((request, response) => {
  answer(request, response).catch((error: Error) => send(response, 400, { error: error.message }));
});
await once(http.listen(0, "127.0.0.1"), "listening");

export const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

export function closeAuthority(): void {
  http.close();
  http.closeAllConnections();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", issuer);
  if (pathname === "/.well-known/oauth-authorization-server") return send(response, 200, metadata());
  if (pathname === "/authorize") return authorize(request, response, searchParams);
  if (pathname === "/token") return redeem(response, new URLSearchParams(await text(request)));
  send(response, 404, {});
}

function metadata(): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    client_id_metadata_document_supported: true,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** The document of a client, if it is that of this client, and says that this is where its users come back to. */
async function clientAt(clientId: string, redirectUri: string): Promise<{ client_name: string }> {
  const { client_id: id, client_name: name, redirect_uris: uris } = await read(new URL(clientId));
  if (id !== clientId) throw new Error("The document is that of another client");
  if (!Array.isArray(uris) || !uris.includes(redirectUri)) throw new Error("The client does not come back there");
  return { client_name: String(name) };
}

async function authorize(request: IncomingMessage, response: ServerResponse, asked: URLSearchParams): Promise<void> {
  const [clientId, redirectUri] = [asked.get("client_id") ?? "", asked.get("redirect_uri") ?? ""];
  const { client_name: name } = await clientAt(clientId, redirectUri);
  const scope = asked.get("scope") ?? "";
  if (request.method !== "POST") {
    // A name can be chosen by anybody, a host cannot.
    const hosts = `of ${new URL(clientId).host}, which takes you back to ${new URL(redirectUri).host}`;
    return send(response, 200, { question: `May ${JSON.stringify(name)} ${hosts}, use ${scope}?` });
  }
  const code = randomBytes(32).toString("base64url");
  const right = { clientId, scope, resource: asked.get("resource") ?? "" };
  codes.set(code, { right, redirectUri, challenge: asked.get("code_challenge") ?? "" });
  const back = new URL(redirectUri);
  back.searchParams.set("code", code);
  back.searchParams.set("state", asked.get("state") ?? "");
  back.searchParams.set("iss", issuer);
  response.writeHead(303, { location: back.href }).end();
}

function redeem(response: ServerResponse, form: URLSearchParams): void {
  const code = form.get("code") ?? "";
  const found = codes.get(code);
  codes.delete(code);
  const challenge = createHash("sha256").update(form.get("code_verifier") ?? "");
  const isRight =
    found?.right.clientId === form.get("client_id") &&
    found?.redirectUri === form.get("redirect_uri") &&
    found?.challenge === challenge.digest("base64url");
  if (found === undefined || !isRight) return send(response, 400, { error: "invalid_grant" });
  const token = randomBytes(32).toString("base64url");
  tokens.set(token, found.right);
  send(response, 200, { access_token: token, token_type: "Bearer", expires_in: 300, scope: found.right.scope });
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}
