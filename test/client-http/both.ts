/** What the tests of both senders have in common. */
import { Client, type ClientOptions } from "../../src/client/index.ts";
import { http, type HttpOptions } from "../../src/client/http/index.ts";
import { Scripted, type Script } from "./scripted.ts";

/** The two ways a request leaves: Node's own HTTP, and `fetch`. */
export const SENDERS: readonly (readonly [name: string, options: HttpOptions])[] = [
  ["node:http", {}],
  ["fetch", { fetch: (...given) => fetch(...given) }],
];

/** What a test opened, to be closed after it. */
const open: (() => Promise<unknown>)[] = [];

/** Closes it all; call it after each test. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}

/** A scripted server that is closed after the test. */
export async function serving(script: Script, options: Parameters<typeof Scripted.start>[1] = {}): Promise<Scripted> {
  const server = await Scripted.start(script, options);
  open.push(() => server.close());
  return server;
}

/** A client of a scripted server; what its logger hears is kept. */
export async function connected(
  server: Scripted,
  httpOptions: HttpOptions = {},
  options: ClientOptions = {},
): Promise<{ client: Client; problems: unknown[] }> {
  const problems: unknown[] = [];
  const logger = { warn: (_prefix: unknown, problem: unknown) => problems.push(problem) };
  const client = await Client.connect(http(server.url, httpOptions), { logger, ...options });
  open.push(() => client.close());
  return { client, problems };
}
