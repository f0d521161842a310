import * as oauth from "oauth4webapi";

/** A key that tokens are bound to (RFC 9449). */
export interface Proofs {
  readonly handle: oauth.DPoPHandle;
  readonly thumbprint: string;
}

/** The proofs by a given pair of keys, or by one of this process's own, of which the private half cannot be read. */
export async function proofsOf(given: true | CryptoKeyPair): Promise<Proofs> {
  const pair = given === true ? await oauth.generateKeyPair("ES256") : given;
  const handle = oauth.DPoP({}, pair);
  return { handle, thumbprint: await handle.calculateThumbprint() };
}

/** A request to a server, of which the body can be sent again. */
export interface Sendable {
  readonly url: URL;
  readonly init: RequestInit;
  readonly headers: Headers;
}

/** Sends a request with a token and a fresh proof. */
export async function sendWithProof(
  fetch: typeof globalThis.fetch,
  { url, init, headers }: Sendable,
  accessToken: string,
  { handle }: Proofs,
): Promise<Response> {
  let reply!: Response;
  await oauth.protectedResourceRequest(accessToken, init.method ?? "GET", url, headers, undefined, {
    DPoP: handle,
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (_url: string, { headers }: { headers: Record<string, string> }) => {
      reply = await fetch(url.href, { ...init, headers });
      // The library is to learn the nonce of a reply, and nothing else of it.
      const nonce = reply.headers.get("dpop-nonce");
      return new Response(null, nonce === null ? {} : { headers: { "dpop-nonce": nonce } });
    },
  });
  return reply;
}
