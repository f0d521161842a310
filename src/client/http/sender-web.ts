import { DefinitionError } from "../../errors.ts";
import type { HttpReply, HttpRequest, Sender, SenderOptions } from "./sender.ts";

/**
 * Sends by `fetch`, the given one or the platform's.
 *
 * @throws DefinitionError for what `fetch` cannot do.
 */
export function createSender(_url: URL, { fetch, tls, socketPath }: SenderOptions): Sender {
  if (tls !== undefined || socketPath !== undefined) {
    throw new DefinitionError(
      "tls and socketPath need Node, and no fetch of your own: createFetch of mcplex/node takes them",
    );
  }
  return {
    send(request, reply) {
      const controller = new AbortController();
      void run(fetch ?? globalThis.fetch, request, reply, controller.signal);
      return () => controller.abort();
    },
    close() {},
  };
}

async function run(fetch: typeof globalThis.fetch, request: HttpRequest, reply: HttpReply, signal: AbortSignal) {
  const { method, url, headers, body } = request;
  try {
    const response = await fetch(url.href, { method, headers, body, signal, redirect: "manual" });
    if (signal.aborted) return;
    reply.head(response.status, (name) => response.headers.get(name) ?? undefined);
    await readAll(response.body, reply, signal);
  } catch (error) {
    if (!signal.aborted) reply.end(error ?? new Error("fetch failed"));
    return;
  }
  if (!signal.aborted) reply.end();
}

async function readAll(body: ReadableStream<Uint8Array> | null, reply: HttpReply, signal: AbortSignal): Promise<void> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) return;
    reply.chunk(value);
  }
}
