import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Configuration, Provider } from "oidc-provider";

/** An authorization server on this machine, which runs in this program. */
export interface Authority {
  readonly issuer: string;
  /** Its public keys. */
  readonly jwks: string;
  /** A program that may read, and nothing else. */
  readonly reader: { readonly clientId: string; readonly clientSecret: string };
  close(): Promise<void>;
}

const READER = { clientId: "nightly-report", clientSecret: "kept-by-the-report" };
const USER = "alice";

/** Starts one that gives tokens for one resource. Its one user says yes to everything. */
export async function startAuthority(resource: string, scopes: readonly string[]): Promise<Authority> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = await createProvider(issuer, configuration(resource, scopes));
  server.on("request", (request, response) => {
    const asksUser = request.url?.startsWith("/interaction/") === true;
    void (asksUser ? sayYes(provider, request, response) : provider.callback()(request, response));
  });
  return {
    issuer,
    jwks: `${issuer}/jwks`,
    reader: READER,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function createProvider(issuer: string, configuration: Configuration): Promise<Provider> {
  // Node 20 has no URL.parse, and the provider needs it.
  if (!("parse" in URL)) {
    const parse = (url: string, base?: string) => (URL.canParse(url, base) ? new URL(url, base) : null);
    Object.assign(URL, { parse });
  }
  const { Provider } = await import("oidc-provider");
  return new Provider(issuer, configuration);
}

function configuration(resource: string, scopes: readonly string[]): Configuration {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const hour = 3600;
  return {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] },
    cookies: { keys: ["a secret of this authorization server"] },
    clients: [
      {
        client_id: READER.clientId,
        client_secret: READER.clientSecret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        scope: "pages:read",
      },
    ],
    scopes: ["openid", "offline_access", ...scopes],
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: hour,
      ClientCredentials: hour,
      Grant: hour,
      Interaction: hour,
      RefreshToken: hour,
      Session: hour,
    },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: scopes.join(" "), audience: resource, accessTokenFormat: "jwt" }),
        useGrantedResource: () => true,
      },
    },
  };
}

/** In place of the user, who would log in and read what is asked for. */
async function sayYes(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: USER } });
  }
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const clientId = String(params["client_id"]);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? USER, clientId });
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details as {
    missingOIDCScope?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  grant.addOIDCScope(missingOIDCScope.join(" "));
  for (const [indicator, wanted] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(indicator, wanted.join(" "));
  }
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/** In place of the user's browser: follows redirects, with its cookies, until one leads away; and goes there as well. */
export async function browse(from: URL): Promise<void> {
  const cookies = new Map<string, string>();
  for (let at = from; ; ) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const reply = await fetch(at, { redirect: "manual", headers: at.origin === from.origin ? { cookie } : {} });
    await reply.body?.cancel();
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = reply.headers.get("location");
    if (location === null) return;
    at = new URL(location, at);
  }
}
