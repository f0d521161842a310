/** Servers that do what no server should, and clients that meet them. */
import { createSender } from "#sender";
import { Client, type ClientOptions } from "../../../src/client/index.ts";
import type { HttpOptions, StreamStatus } from "../../../src/client/http/index.ts";
import { PACING, type Pacing } from "../../../src/client/http/pacing.ts";
import { HttpTransport } from "../../../src/client/http/transport.ts";
import { type Asked, Scripted, type Script } from "../../client-http/scripted.ts";

/** What a test opened, to be closed after it. */
const open: (() => Promise<unknown>)[] = [];

/** Closes it all; call it after each test. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}

/** A server that a test plays. */
export async function evil(script: Script): Promise<Scripted> {
  const server = await Scripted.start(script);
  open.push(() => server.close());
  return server;
}

/** A client that met an evil server. */
export interface Victim {
  readonly client: Client;
  /** What it told its author. */
  readonly problems: string[];
  /** How its own stream was doing. */
  readonly statuses: StreamStatus[];
}

/** Pauses between attempts that a test can wait for. */
const HASTE: Partial<Pacing> = { retryLeast: 5, retryMost: 100, random: () => 0 };

/** Connects a client; older revisions only, unless `modern`. */
export async function victim(
  server: Scripted,
  { modern = false, pacing = HASTE, ...more }: { modern?: boolean; pacing?: Partial<Pacing> } & ClientOptions = {},
  http: HttpOptions = {},
): Promise<Victim> {
  const problems: string[] = [];
  const statuses: StreamStatus[] = [];
  const url = new URL(server.url);
  const httpOptions: HttpOptions = { onStatus: (status) => statuses.push(status), ...http };
  const logger = { warn: (...data: readonly unknown[]) => problems.push(data.map(String).join(" ")) };
  const client = await Client.connect(
    {
      open: async (peerOptions) =>
        new HttpTransport(url, createSender(url, httpOptions), httpOptions, peerOptions, { ...PACING, ...pacing }),
    },
    { logger, revisions: [modern ? "2026-07-28" : "2025-11-25"], ...more },
  );
  open.push(() => client.close());
  return { client, problems, statuses };
}

/** Writes bytes past all framing. */
export function raw({ response }: Asked, bytes: string | Uint8Array): void {
  response.socket?.write(bytes);
}

/** The result of a tool that said something. */
export function said(text: string): object {
  return { resultType: "complete", content: [{ type: "text", text }] };
}
