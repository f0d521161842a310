/**
 * Cuts the stream of a reply at every byte of it, and goes on with it by the last event that was seen whole: each event
 * arrives once, and in order.
 */
import type { IncomingMessage } from "node:http";
import { Child } from "./child.ts";
import { PATHS } from "./protocol.ts";
import { Random } from "./random.ts";
import {
  call,
  connections,
  type Event,
  EventReader,
  type Headers,
  openSession,
  type Place,
  send,
  textOf,
} from "./wire.ts";

const SEED = 20_251_125;
const NOTIFICATIONS = 39;
/** Exchanges that go on at the same time, each in a session of its own. */
const LANES = 16;
/** After how many cuts the rest is read to its end. */
const MOST_CUTS = 4;

/** How the events come. */
const RUNS = [
  { name: "all events at once", path: PATHS.sessions, ticking: false },
  { name: "one event a turn", path: PATHS.sessions, ticking: true },
  { name: "one event a turn, from a log that answers later", path: PATHS.later, ticking: true },
];

/** Reads events until `most` bytes have come, and leaves then. True when the stream ended by itself. */
async function readUpTo(reply: IncomingMessage, most: number, seen: Event[]): Promise<boolean> {
  const events = new EventReader();
  let left = most;
  return new Promise((resolve) => {
    // A connection that is broken off says so, which is meant.
    reply.on("error", () => {});
    const leave = (): void => {
      reply.destroy();
      resolve(false);
    };
    if (left === 0) return leave();
    reply.on("data", (chunk: Buffer) => {
      if (left === 0) return;
      const taken = chunk.subarray(0, left);
      left -= taken.length;
      seen.push(...events.take(taken.toString()));
      if (left === 0) leave();
    });
    reply.on("end", () => resolve(true));
  });
}

const wanted = [
  ...Array.from({ length: NOTIFICATIONS }, (_, at) => ({
    jsonrpc: "2.0",
    method: "notifications/message",
    params: { level: "info", data: at + 1 },
  })),
  { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "counted" }] } },
].map((message) => JSON.stringify(message));

/** What is wrong with the events of an exchange. */
function mistakeIn(seen: readonly Event[], whole: boolean): string | undefined {
  const told = seen.filter(({ data }) => data !== "").map(({ data }) => data);
  const differs = told.findIndex((data, at) => data !== wanted[at]);
  if (differs >= 0) return `event ${differs + 1} is ${told[differs]}`;
  return whole && told.length !== wanted.length ? `${told.length} of ${wanted.length} events arrived` : undefined;
}

/** One exchange that is first cut after `most` bytes; gives what went wrong. */
async function exchange(place: Place, headers: Headers, ticking: boolean, most: number, random: Random, seen: Event[]) {
  const first = await send(place, "POST", headers, call("count", { to: NOTIFICATIONS, ticking }));
  if (first.statusCode !== 200) return `status ${first.statusCode}`;
  let whole = await readUpTo(first, most, seen);
  for (let cuts = 1; !whole; cuts++) {
    const last = seen.at(-1)?.id;
    // Of what has no id nothing can be had again.
    if (last === undefined) break;
    const reply = await send(place, "GET", { ...headers, "last-event-id": last });
    if (reply.statusCode !== 200)
      return `status ${reply.statusCode} for the events after ${last}: ${await textOf(reply)}`;
    const next = cuts < MOST_CUTS ? random.below(3000) : Number.POSITIVE_INFINITY;
    whole = await readUpTo(reply, next, seen);
  }
  return mistakeIn(seen, whole);
}

/** Nobody gets the events of another session. */
async function foreign(place: Place, headers: Headers, id: string): Promise<string | undefined> {
  const reply = await send(place, "GET", { ...headers, "last-event-id": id });
  const text = await textOf(reply);
  return reply.statusCode === 400 && !text.includes("notifications/") ? undefined : `a stranger got ${text}`;
}

/** Runs all of it; gives what went wrong. */
export async function cuts(say: (line: string) => void): Promise<string[]> {
  const child = await Child.start();
  const random = new Random(SEED);
  const mistakes: string[] = [];
  say(`seed ${SEED}`);
  for (const { name, path, ticking } of RUNS) {
    const place = { port: child.port, path, agent: connections() };
    const sessions = await Promise.all(Array.from({ length: LANES + 1 }, () => openSession(place)));
    const stranger = sessions.pop() as Headers;
    const reply = await send(place, "POST", sessions[0] as Headers, call("count", { to: NOTIFICATIONS, ticking }));
    const { length } = await textOf(reply);
    let at = 0;
    const work = async (headers: Headers): Promise<void> => {
      while (at <= length && mistakes.length < 10) {
        const most = at++;
        const seen: Event[] = [];
        let mistake = await exchange(place, headers, ticking, most, random, seen);
        const last = seen.at(-1)?.id;
        if (last !== undefined && most % 50 === 0) mistake ??= await foreign(place, stranger, last);
        if (mistake !== undefined) mistakes.push(`${name}, cut after ${most} bytes: ${mistake}`);
      }
    };
    await Promise.all(sessions.map(work));
    say(`${name}: ${at} exchanges of ${wanted.length} events, cut after each of ${length} bytes`);
    place.agent.destroy();
  }
  return [...mistakes, ...(await child.stop())];
}
