/** Clients that open sessions and go away, each in its own way: when their time is over, nothing is left of them. */
import { Child } from "./child.ts";
import { PATHS, SHORT } from "./protocol.ts";
import { Random } from "./random.ts";
import { call, connections, openSession, type Place, send, textOf } from "./wire.ts";

const SEED = 60_301;
/** More than an endpoint keeps at the same time, so that those of before must have gone. */
const ROUNDS = 6;
const SESSIONS = 3_000;
const WIDTH = 16;
/** What the heap may have grown by at the end, in bytes: less than the sessions of one round. */
const GROWTH = 1_500_000;
/** How long it takes until the last trace is swept away, and how long it may take, in milliseconds. */
const SWEPT = 75_000;
const PATIENCE = 90_000;

/** The ways to go. */
const WAYS: readonly ((place: Place) => Promise<unknown>)[] = [
  // Without a word after the handshake.
  (place) => openSession(place),
  async (place) => textOf(await send(place, "POST", await openSession(place), call("count", { to: 3, ticking: true }))),
  async (place) => (await send(place, "GET", await openSession(place))).destroy(),
  async (place) => {
    const headers = await openSession(place);
    (await send(place, "POST", headers, call("count", { to: 20, ticking: true }))).destroy();
  },
];
/** Without as much as the end of the handshake: of these few are kept for longer. */
const RUDE = 0.02;

async function round(place: Place, random: Random): Promise<void> {
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun++ < SESSIONS) {
      const way = WAYS[random.below(WAYS.length)];
      await (random.below(1000) < RUDE * 1000 ? openSession(place, false) : way?.(place));
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  await new Promise((resolve) => setTimeout(resolve, SHORT * 2));
}

/** Runs all of it; gives what went wrong. */
export async function left(say: (line: string) => void): Promise<string[]> {
  const child = await Child.start();
  const random = new Random(SEED);
  say(`seed ${SEED}`);
  const place = { port: child.port, path: PATHS.short, agent: connections() };
  const mistakes: string[] = [];
  await round(place, random);
  const first = await child.settled(0, SWEPT);
  for (let at = 1; at < ROUNDS; at++) await round(place, random);
  const { heap: full } = await child.report();
  const started = performance.now();
  const heap = await child.settled(first + GROWTH, PATIENCE);
  const time = performance.now() - started;
  place.agent.destroy();
  const kilobytes = [first, full, heap].map((bytes) => (bytes / 1000).toFixed(0));
  say(
    `${ROUNDS * SESSIONS} sessions; heap ${kilobytes[0]} kB after a first round, ${kilobytes[1]} kB when all had been ` +
      `left, ${kilobytes[2]} kB ${(time / 1000).toFixed(0)} s later`,
  );
  if (heap > first + GROWTH) mistakes.push(`the heap grew by ${((heap - first) / 1000).toFixed(0)} kB`);
  const { running } = await child.report();
  if (running > 0) mistakes.push(`${running} calls still run`);
  return [...mistakes, ...(await child.stop())];
}
