/** An honest authorization server of another author, on this machine. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Configuration, Provider } from "oidc-provider";

/** Node 20 has none, and the provider needs it. */
if (!("parse" in URL)) {
  Object.assign(URL, { parse: (url: string, base?: string) => (URL.canParse(url, base) ? new URL(url, base) : null) });
}

export interface Honest {
  readonly issuer: string;
  readonly provider: Provider;
  close(): Promise<void>;
}

/** How it serves. */
interface Serving {
  /** Whether proofs of DPoP need a nonce. */
  readonly nonces?: boolean;
  /** What it finds at the URLs of Client ID Metadata Documents. */
  readonly document?: object;
  /** Shows pages, on which the user logs in and consents. Without them it lets in alice, without asking. */
  readonly pages?: boolean;
}

/** Starts it for one resource. */
export async function honest(resource: () => string, serving: Serving = {}): Promise<Honest> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(resource, serving));
  server.on("request", (request, response) => {
    if (serving.pages !== true && request.url?.startsWith("/interaction/") === true)
      void letIn(provider, request, response);
    else void provider.callback()(request, response);
  });
  return { issuer, provider, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

function configuration(resource: () => string, { nonces = false, document, pages = false }: Serving): Configuration {
  const machine = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
  return {
    clients: [{ client_id: "machine", client_secret: "machine-secret", ...machine } as never],
    scopes: ["openid", "offline_access", "tools"],
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    ...(!pages && { interactions: { url: (_, { uid }) => `/interaction/${uid}` } }),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    cookies: { keys: ["key"] },
    ttl: {
      AccessToken: 3600,
      ClientCredentials: 3600,
      Grant: 3600,
      Interaction: 3600,
      Session: 3600,
      RefreshToken: 3600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    ...(document !== undefined && {
      fetch: async () => new Response(JSON.stringify(document), { headers: { "content-type": "application/json" } }),
    }),
    features: {
      devInteractions: { enabled: pages },
      registration: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      dPoP: {
        enabled: true,
        ...(nonces && { nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true }),
      },
      clientIdMetadataDocument: { enabled: document !== undefined, ack: "draft-02" },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_ctx: unknown, indicator: string) {
          if (indicator !== resource()) throw new Error(`no resource ${indicator}`);
          return { scope: "tools", audience: indicator, accessTokenFormat: "opaque", accessTokenTTL: 3600 };
        },
        useGrantedResource: () => true,
      },
    } as never,
  };
}

/** Answers what the provider would ask its user. */
async function letIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, session, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: "alice" } }, {});
  }
  const grant =
    (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
    new provider.Grant({ accountId: session?.accountId ?? "", clientId: String(params["client_id"]) });
  const { missingOIDCScope, missingResourceScopes } = prompt.details as {
    missingOIDCScope?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(" "));
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(" "));
  }
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

/** A user's browser with cookies: it follows redirects until one leads away from the provider. */
export async function browseAll(url: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let at = url;
  for (let step = 0; step < 20; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const reply = await fetch(at, { redirect: "manual", headers: { cookie } });
    await reply.body?.cancel();
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = reply.headers.get("location");
    if (location === null) throw new Error(`The provider stops at ${at.pathname} with status ${reply.status}`);
    at = new URL(location, at);
    if (at.origin !== url.origin) return at;
  }
  throw new Error("The provider redirects without end");
}
