/**
 * A reader that does not read, to whom a tool offers far more than fits anywhere: the tool waits, the server does not
 * grow, and when the reader reads at last, all is there.
 */
import type { IncomingMessage } from "node:http";
import { Child } from "./child.ts";
import { PATHS } from "./protocol.ts";
import {
  call,
  connections,
  EventReader,
  type Headers,
  type Message,
  modernCall,
  openSession,
  type Place,
  send,
} from "./wire.ts";

const MESSAGES = 20_000;
const LENGTH = 10_000;
/** How much the process may grow by while nobody reads, in bytes. */
const GROWTH = 64 * 1024 * 1024;
/** The same while all of it passes: what was kept for a while is collected late, when 200 MB come in a few seconds. */
const PASSING = 160 * 1024 * 1024;
/** What may be left on the heap, in bytes: the events that are kept of one stream, and a little. */
const LEFT = 8 * 1024 * 1024;
/** How long the reader does not read: less than a server puts up with, in milliseconds. */
const STALL = 15_000;
/** How long a tool may take to find out that nobody reads, in milliseconds. */
const NOTICED = 3_000;

const args = { messages: MESSAGES, length: LENGTH };

async function inSession(place: Place): Promise<{ readonly headers: Headers; readonly message: object }> {
  return { headers: await openSession(place), message: call("flood", args) };
}

const RUNS = [
  { name: "session, events kept", path: PATHS.sessions, request: inSession },
  { name: "session, no events kept", path: PATHS.plain, request: inSession },
  { name: "2026-07-28", path: PATHS.sessions, request: async () => modernCall("flood", args) },
];

/** Reads a stream to its end; gives what is wrong with it. */
async function readAll(reply: IncomingMessage): Promise<string | undefined> {
  const events = new EventReader();
  let [messages, progress, results] = [0, 0, 0];
  let mistake: string | undefined;
  const take = ({ method, params, result }: Message): void => {
    if (method === "notifications/progress") {
      const now = params?.["progress"] as number;
      if (now <= progress) mistake ??= `progress ${now} came after ${progress}`;
      progress = now;
    } else if (method === "notifications/message") {
      const { at, text } = (params ?? {})["data"] as { at: number; text: string };
      if (at !== ++messages || text.length !== LENGTH) mistake ??= `message ${at} came as number ${messages}`;
      // What a message overtook is the progress before it.
      if (progress >= at) mistake ??= `message ${at} came after progress ${progress}`;
    } else if (result !== undefined) results++;
  };
  for await (const chunk of reply.setEncoding("utf8")) {
    for (const { data } of events.take(chunk as string)) if (data !== "") take(JSON.parse(data) as Message);
  }
  if (messages !== MESSAGES) mistake ??= `${messages} of ${MESSAGES} messages came`;
  if (progress !== MESSAGES) mistake ??= `the last progress was ${progress}`;
  return mistake ?? (results === 1 ? undefined : `${results} results came`);
}

const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

/** One stalled reader; gives what went wrong. */
async function stall({ name, path, request }: (typeof RUNS)[number], say: (line: string) => void): Promise<string[]> {
  const child = await Child.start();
  const place = { port: child.port, path, agent: connections() };
  const { headers, message } = await request(place);
  const base = await child.report();
  const mistakes: string[] = [];
  const reply = await send(place, "POST", headers, message);
  await pause(NOTICED);
  const early = await child.report();
  await pause(STALL - NOTICED);
  const late = await child.report();
  if (late.running !== 1) mistakes.push(`${name}: ${late.running} calls run while nobody reads`);
  if (late.offered !== early.offered)
    mistakes.push(`${name}: the tool went on from ${early.offered} to ${late.offered}`);
  const mistake = await readAll(reply);
  if (mistake !== undefined) mistakes.push(`${name}: ${mistake}`);
  const end = await child.report();
  const waiting = Math.max(early.peak, late.peak) - base.rss;
  const passing = end.peak - base.rss;
  const left = end.heap - base.heap;
  if (waiting > GROWTH) mistakes.push(`${name}: the process grew by ${megabytes(waiting)} MiB while nobody read`);
  if (passing > PASSING) mistakes.push(`${name}: the process grew by ${megabytes(passing)} MiB while all was read`);
  if (left > LEFT) mistakes.push(`${name}: ${megabytes(left)} MiB are left on the heap`);
  if (end.running !== 0) mistakes.push(`${name}: ${end.running} calls still run`);
  say(
    `${name}: ${late.offered} of ${MESSAGES} messages were offered while nobody read, and the process grew by ` +
      `${megabytes(waiting)} MiB; all came then, over ${megabytes(passing)} MiB, of which ${megabytes(left)} were left`,
  );
  place.agent.destroy();
  return [...mistakes, ...(await child.stop())];
}

/** Runs all of it; gives what went wrong. */
export async function stalled(say: (line: string) => void): Promise<string[]> {
  const mistakes: string[] = [];
  for (const run of RUNS) mistakes.push(...(await stall(run, say)));
  return mistakes;
}
