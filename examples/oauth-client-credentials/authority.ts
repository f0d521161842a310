// A stand-in for the identity provider of a company: it gives tokens to programs that it knows, and to nobody else.
import { createHash, generateKeyPairSync, randomUUID, sign, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" }] };

/** The programs that it knows, their secrets, and what each may do. */
const programs = new Map([["nightly-report", { secret: "kept-by-the-report", scopes: ["sales:read"] }]]);

const http = createServer((request, response) => void answer(request, response));
await once(http.listen(0, "127.0.0.1"), "listening");

export const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

export function closeAuthority(): void {
  http.close();
  http.closeAllConnections();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const documents: Readonly<Record<string, object>> = {
    "/.well-known/oauth-authorization-server": {
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      grant_types_supported: ["client_credentials"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      response_types_supported: [],
    },
    "/jwks": jwks,
  };
  const document = documents[request.url ?? ""];
  if (document !== undefined) return send(response, 200, document);
  if (request.url !== "/token" || request.method !== "POST") return send(response, 404, {});
  const form = new URLSearchParams(await text(request));
  const [id = "", secret = ""] = Buffer.from(request.headers.authorization?.slice("Basic ".length) ?? "", "base64")
    .toString()
    .split(":");
  const program = programs.get(id);
  if (program === undefined || !same(secret, program.secret)) return send(response, 401, { error: "invalid_client" });
  const asked = form.get("scope")?.split(" ") ?? program.scopes;
  const scope = asked.filter((one) => program.scopes.includes(one)).join(" ");
  send(response, 200, {
    access_token: tokenFor(id, form.get("resource") ?? "", scope),
    token_type: "Bearer",
    expires_in: 300,
    scope,
  });
}

/** A token that is good for one server alone. */
function tokenFor(client: string, audience: string, scope: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: client, client_id: client, aud: audience, scope, iat: now, exp: now + 300 };
  const parts = [
    { alg: "ES256", typ: "at+jwt", kid: "1" },
    { ...claims, jti: randomUUID() },
  ];
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

function same(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((secret) => createHash("sha256").update(secret).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}
