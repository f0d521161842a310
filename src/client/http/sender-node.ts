import * as http from "node:http";
import * as https from "node:https";
import { urlToHttpOptions } from "node:url";
import { DefinitionError, LocalError } from "../../errors.ts";
import { IdleSockets } from "./idle-node.ts";
import type { HttpReply, HttpRequest, Sender, SenderOptions } from "./sender.ts";
import { createSender as createFetchSender } from "./sender-web.ts";

/** Connections that wait for another request. */
const MOST_IDLE = 64;
/** The system asks this often whether the other end of a quiet stream is still there. */
const KEEP_ALIVE = 30_000;

/**
 * Sends by `node:http` and `node:https`, over connections that are kept: a tenth of what `fetch` costs there.
 *
 * @throws DefinitionError for options that do not fit the URL.
 */
export function createSender(url: URL, options: SenderOptions): Sender {
  const { fetch, tls, socketPath } = options;
  if (fetch !== undefined) return createFetchSender(url, options);
  const secure = url.protocol === "https:";
  if (tls !== undefined && !secure) throw new DefinitionError("tls needs a URL that begins with https:");
  const pool = { keepAlive: true, maxFreeSockets: MOST_IDLE, scheduling: "lifo" } as const;
  const agent = secure ? new https.Agent({ ...pool, ...(tls as https.AgentOptions) }) : new http.Agent(pool);
  const request = secure ? https.request : http.request;
  const idle = new IdleSockets(agent);
  const home = targetOf(url);
  return {
    send(message, reply) {
      idle.watch();
      const target = message.url === url ? home : targetOf(message.url);
      const { protocol, hostname, port, path } = target;
      const { method, body } = message;
      const headers = headersOf(message);
      return send(request, { protocol, hostname, port, path, agent, socketPath, method, headers }, body, reply);
    },
    close() {
      idle.stop();
      agent.destroy();
    },
  };
}

/** No more than Node needs: it copies all that there is for each request. */
function targetOf(url: URL): http.RequestOptions {
  const { protocol, hostname, port, path } = urlToHttpOptions(url);
  return { protocol, hostname, port, path };
}

/** All headers in a list, names and values in turn: Node writes it down as it is, at a fifth of the cost of an object. */
function headersOf({ url, headers, body }: HttpRequest): string[] {
  const list: string[] = [];
  let host = url.host;
  for (const name in headers) {
    const value = headers[name] as string;
    if (name.length === 4 && name.toLowerCase() === "host") host = value;
    else list.push(name, value);
  }
  list.push("Host", host);
  if (body !== undefined) list.push("Content-Length", `${Buffer.byteLength(body)}`);
  return list;
}

function send(
  start: typeof http.request,
  options: http.RequestOptions,
  body: string | undefined,
  reply: HttpReply,
): () => void {
  let over = false;
  const end = (error?: unknown): void => {
    if (over) return;
    over = true;
    reply.end(error);
  };
  const request = start(options, (response) => {
    if (over) return;
    reply.head(response.statusCode ?? 0, (name) => join(response.headers[name]));
    const coding = response.headers["content-encoding"] ?? "identity";
    if (coding !== "identity") {
      end(new LocalError("invalid_response", `The server sent the content coding "${coding}" that nobody asked for`));
      request.destroy();
      return;
    }
    response.on("data", (chunk: Uint8Array) => {
      if (!over) reply.chunk(chunk);
    });
    response.on("end", () => end());
    response.on("error", end);
  });
  request.on("error", end);
  if (options.method === "GET") request.setSocketKeepAlive(true, KEEP_ALIVE);
  request.end(body);
  return () => {
    over = true;
    request.destroy();
  };
}

function join(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}
