import { lookup as find } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import type { OAuthFetch, OAuthRequest } from "./guarded-fetch.ts";
import type { UrlGuard } from "./url-guard.ts";

/** The addresses of a name. */
export async function lookup(hostname: string): Promise<readonly string[]> {
  return (await find(hostname, { all: true })).map(({ address }) => address);
}

/**
 * A `fetch` that connects only to addresses which the guard admits: it checks what the name was found to be for this very
 * connection, so that no name can lead elsewhere a moment later. It follows no redirect.
 */
export function guardedFetch(guard: UrlGuard): OAuthFetch {
  const pinned: LookupFunction = (hostname, options, found) => {
    find(hostname, { ...options, all: true })
      .then(async (addresses) => {
        for (const { address } of addresses) await guard.admit(hostname, address);
        return addresses;
      })
      .then(
        (addresses) => {
          const [first] = addresses;
          if (options.all === true) found(null, addresses);
          else found(null, first?.address ?? "", first?.family);
        },
        (error: Error) => found(error, ""),
      );
  };
  return (url, request) => send(url, request, pinned);
}

function send(url: URL, { method, headers, body, signal }: OAuthRequest, lookup: LookupFunction): Promise<Response> {
  const { request: start } = url.protocol === "https:" ? https : http;
  const length = body === undefined ? {} : { "content-length": `${Buffer.byteLength(body)}` };
  return new Promise((resolve, reject) => {
    const request = start(
      url,
      { method, headers: { ...headers, ...length }, signal, lookup, agent: false },
      (reply) => {
        const { statusCode: status = 0, headersDistinct } = reply;
        const fields = new Headers();
        for (const [name, values = []] of Object.entries(headersDistinct)) fields.set(name, values.join(", "));
        const empty = status === 204 || status === 205 || status === 304 || status < 200;
        if (empty) reply.resume();
        const stream = empty ? null : (Readable.toWeb(reply) as ReadableStream<Uint8Array>);
        resolve(new Response(stream, { status, headers: fields }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
