/** The least that a host does which turns requests of node:http into web requests, as hosts of `fetch` handlers do. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";

/** Methods that no web request can have. */
const NOT_ON_THE_WEB = ["CONNECT", "TRACE", "TRACK"];

export function bridge(handle: (request: Request) => Promise<Response> | Response): RequestListener {
  return (request, response) => {
    forward(handle, request, response).catch(() => response.destroy());
  };
}

async function forward(
  handle: (request: Request) => Promise<Response> | Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const method = incoming.method ?? "GET";
  // It is no proxy: what is asked for is a path here.
  if (incoming.url?.startsWith("/") !== true) return void outgoing.writeHead(400).end();
  if (NOT_ON_THE_WEB.includes(method)) return void outgoing.writeHead(405, { allow: "POST" }).end();
  const gone = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableEnded) gone.abort();
  });
  // A body that was not read to its end leaves a connection on which nothing can follow.
  const { socket } = incoming;
  outgoing.on("finish", () => {
    if (incoming.complete) return;
    incoming.resume();
    setTimeout(() => incoming.complete || socket.destroy(), LINGER);
  });
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] as string, incoming.rawHeaders[at + 1] as string);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null;
  // The address is made of what this host calls itself, and not of what the client says.
  const url = new URL(incoming.url ?? "/", "http://bridge.invalid");
  const init: RequestInit & { duplex: "half" } = { method, headers, body, signal: gone.signal, duplex: "half" };
  const reply = await handle(new Request(url, init));
  outgoing.writeHead(reply.status, Object.fromEntries(reply.headers));
  if (reply.body === null) return void outgoing.end();
  const reader = reply.body.getReader();
  gone.signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value) && !outgoing.destroyed) {
      await new Promise<void>((resolve) => {
        const free = (): void => {
          outgoing.off("drain", free);
          outgoing.off("close", free);
          resolve();
        };
        outgoing.on("drain", free);
        outgoing.on("close", free);
      });
    }
  }
  outgoing.end();
}

/** How long a client may go on to send what nobody reads, in milliseconds. */
const LINGER = 500;
