import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request,
  type RequestListener,
  type RequestOptions,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { json, modern, MODERN, POSTED, type Received, type Sent, entriesOf } from "./reached.ts";

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Closes something when the test is over. */
export function closing(close: () => Promise<unknown>): void {
  open.push(close);
}

/** The address of a server of Node that takes requests until the test is over. */
export async function listening(listener: RequestListener | Server): Promise<string> {
  const server = typeof listener === "function" ? createServer(listener) : listener;
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  closing(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Calls a tool at a URL. */
export function callAt(url: string, name: string, more: Sent = {}, meta: object = {}): Promise<Response> {
  const said = { "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": name };
  const body = JSON.stringify(modern("tools/call", { name, arguments: {} }, { meta }));
  return fetch(url, { method: "POST", headers: entriesOf({ ...POSTED, ...said, ...more }), body });
}

/** The text that a tool at a URL gives. */
export async function textAt(...args: Parameters<typeof callAt>): Promise<unknown> {
  const { result, error } = await json(callAt(...args));
  return (result?.["content"] as { readonly text?: string }[] | undefined)?.[0]?.text ?? error;
}

/** What came back for a request that was sent with the means of Node, which leave everything as it is. */
export interface RawReply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** Sends a request with the means of Node. */
export async function raw(url: string, options: RequestOptions, body = ""): Promise<RawReply> {
  const asked = request(url, { agent: false, ...options });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

/** Calls a tool with the means of Node; headers are names and values by turns. */
export async function rawCall(
  url: string,
  headers: readonly string[],
  options: RequestOptions = {},
): Promise<RawReply> {
  const body = JSON.stringify(modern("tools/call", { name: "echo", arguments: {} }));
  const all = [
    "host",
    new URL(url).host,
    "accept",
    POSTED.accept,
    "content-length",
    `${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return raw(url, { method: "POST", headers: all, ...options }, body);
}

/** The message of a raw reply. */
export function messageOf({ text }: RawReply): Received {
  return JSON.parse(text) as Received;
}
