import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DefinitionError } from "../errors.ts";

/** Options of {@link receiveCallback}; all have defaults. */
export interface ReceiveCallbackOptions {
  /** The port on 127.0.0.1. Default: one that is free, for authorization servers that take any. */
  readonly port?: number;
  /** The path. Default `/callback`. */
  readonly path?: string;
  /** What the user reads in the browser at the end, as plain text. */
  readonly message?: string;
}

/** Takes the callbacks of authorization servers on this machine. */
export interface CallbackReceiver {
  /** Where the user's browser is to be sent back to: the `redirectUri` of `authorizationCode`. */
  readonly redirectUri: string;
  /**
   * The URL of the callback that belongs to an authorization: it has the same `state`. All else that comes is answered with an
   * error, and changes nothing.
   */
  callback(authorization: URL, options?: { readonly signal?: AbortSignal }): Promise<URL>;
  /** Closes the port; who waits is rejected. */
  close(): Promise<void>;
}

/** Listens for callbacks. @throws DefinitionError for a path that is none. */
export async function listen({
  port = 0,
  path = "/callback",
  message = "You can close this window, and go back to the program that opened it.",
}: ReceiveCallbackOptions): Promise<CallbackReceiver> {
  if (!path.startsWith("/")) throw new DefinitionError('path must begin with "/"');
  const waiting = new Map<string, { resolve(url: URL): void; reject(error: Error): void }>();
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const target = request.url ?? "";
    const url = URL.canParse(target, origin()) ? new URL(target, origin()) : undefined;
    if (url === undefined || url.pathname !== path || url.origin !== origin())
      return answer(response, 404, "Not found");
    if (request.method !== "GET") return answer(response, 405, "Only GET");
    const state = url.searchParams.get("state") ?? "";
    const found = waiting.get(state);
    if (found === undefined) return answer(response, 400, "Nothing waits for this");
    waiting.delete(state);
    answer(response, 200, message);
    found.resolve(url);
  };
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, take);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    redirectUri: origin() + path,
    callback(authorization, { signal } = {}) {
      const state = authorization.searchParams.get("state");
      if (state === null || state === "") throw new DefinitionError("The URL of an authorization has a state");
      let stop = (): void => {};
      const called = new Promise<URL>((resolve, reject) => {
        stop = () => {
          waiting.delete(state);
          reject(signal?.reason as Error);
        };
        if (signal?.aborted === true) return stop();
        signal?.addEventListener("abort", stop, { once: true });
        waiting.set(state, { resolve, reject });
      });
      return called.finally(() => signal?.removeEventListener("abort", stop));
    },
    async close() {
      for (const one of waiting.values()) one.reject(new Error("The receiver of callbacks is closed"));
      waiting.clear();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The code stands in the URL, so the page leads nowhere and loads nothing. */
function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    connection: "close",
  });
  response.end(`${text}\n`);
}
