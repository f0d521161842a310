// A stand-in for an authorization server: clients register themselves, and its users log in with a password. Yours has
// all this already, and more: sessions, consent, refresh tokens, limits.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What the user of a client may do at a resource. */
interface Right {
  readonly clientId: string;
  readonly user: string;
  readonly scope: string;
  readonly resource: string;
}

/** Real ones are kept as slow hashes, such as those of scrypt. */
const passwords = new Map([["alice", digest("looking-glass")]]);
/** The redirect URIs of clients by their ids. */
const clients = new Map<string, readonly string[]>();
/** A code is good for one use, by who knows what was hashed into the challenge. */
const codes = new Map<string, { readonly right: Right; readonly redirectUri: string; readonly challenge: string }>();
const tokens = new Map<string, { readonly right: Right; readonly exp: number }>();

const http = createServer((request, response) => {
  answer(request, response).catch(() => send(response, 400, { error: "invalid_request" }));
});
await once(http.listen(0, "127.0.0.1"), "listening");

export const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
/** The MCP server, as it is known here. */
export const introspector = { id: "documents", secret: randomBytes(16).toString("hex") };

export function closeAuthority(): void {
  http.close();
  http.closeAllConnections();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", issuer);
  const body = await text(request);
  switch (`${request.method} ${pathname}`) {
    case "GET /.well-known/oauth-authorization-server":
      return send(response, 200, metadata());
    case "POST /register":
      return register(response, JSON.parse(body));
    case "GET /authorize":
      return page(response, 200);
    case "POST /authorize":
      return logIn(response, searchParams, new URLSearchParams(body));
    case "POST /token":
      return redeem(response, new URLSearchParams(body));
    case "POST /introspect":
      return introspect(request, response, new URLSearchParams(body));
    default:
      return send(response, 404, {});
  }
}

function metadata(): object {
  return {
    issuer,
    registration_endpoint: `${issuer}/register`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
  };
}

function register(response: ServerResponse, client: { redirect_uris?: unknown }): void {
  const uris = client.redirect_uris;
  if (!Array.isArray(uris)) return send(response, 400, { error: "invalid_redirect_uri" });
  const clientId = randomBytes(8).toString("hex");
  clients.set(clientId, uris);
  send(response, 201, { ...client, client_id: clientId });
}

/** The form goes to the very URL that it stands at. */
function page(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/html", "content-security-policy": "default-src 'none'" });
  response.end(
    `<form method="post"><input name="user"><input name="password" type="password"><button>Log in</button></form>`,
  );
}

function logIn(response: ServerResponse, asked: URLSearchParams, form: URLSearchParams): void {
  const [clientId, redirectUri] = [asked.get("client_id") ?? "", asked.get("redirect_uri") ?? ""];
  // Before this is known, nobody is sent anywhere.
  if (!clients.get(clientId)?.includes(redirectUri)) return send(response, 400, { error: "invalid_request" });
  const user = form.get("user") ?? "";
  if (passwords.get(user) !== digest(form.get("password") ?? "")) return page(response, 403);
  const back = new URL(redirectUri);
  back.searchParams.set("state", asked.get("state") ?? "");
  back.searchParams.set("iss", issuer);
  const challenge = asked.get("code_challenge");
  if (challenge === null || asked.get("code_challenge_method") !== "S256") {
    back.searchParams.set("error", "invalid_request");
  } else {
    const code = randomBytes(32).toString("base64url");
    const right = { clientId, user, scope: asked.get("scope") ?? "", resource: asked.get("resource") ?? "" };
    codes.set(code, { right, redirectUri, challenge });
    back.searchParams.set("code", code);
  }
  response.writeHead(302, { location: back.href }).end();
}

function redeem(response: ServerResponse, form: URLSearchParams): void {
  const code = form.get("code") ?? "";
  const found = codes.get(code);
  codes.delete(code);
  const isRight =
    found?.right.clientId === form.get("client_id") &&
    found?.redirectUri === form.get("redirect_uri") &&
    found?.challenge === digest(form.get("code_verifier") ?? "");
  if (found === undefined || !isRight) return send(response, 400, { error: "invalid_grant" });
  const token = randomBytes(32).toString("base64url");
  tokens.set(token, { right: found.right, exp: Math.floor(Date.now() / 1000) + 300 });
  send(response, 200, { access_token: token, token_type: "Bearer", expires_in: 300, scope: found.right.scope });
}

/** Tells the MCP server what a token is worth. */
function introspect(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): void {
  const { id, secret } = introspector;
  const expected = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  if (digest(request.headers.authorization ?? "") !== digest(expected)) return send(response, 401, {});
  const found = tokens.get(form.get("token") ?? "");
  if (found === undefined || found.exp * 1000 < Date.now()) return send(response, 200, { active: false });
  const { clientId, user, scope, resource } = found.right;
  send(response, 200, {
    active: true,
    iss: issuer,
    sub: user,
    client_id: clientId,
    scope,
    aud: resource,
    exp: found.exp,
  });
}

function digest(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}
