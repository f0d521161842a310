// Measures the sides of a workload in rounds: in each they take turns, beginning with another one, and a ratio is that of
// two figures of one round. What slows the machine for a while then slows both. Processes are started anew in between: how
// code was compiled and where memory lies differs from one to the next, and stays for as long as it lives.
import { pinned } from "./pinned.mjs";
import { killAll } from "./processes.mjs";

/** How long a side may take for one measurement, in milliseconds. */
const PATIENCE = 120_000;

function patiently(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("It takes too long")), PATIENCE);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The rounds in which peers take part, spread over those of the first processes. */
function roundsOfPeers({ rounds, lives, peerRounds }) {
  const first = rounds / lives;
  const taking = Math.min(peerRounds, first);
  return new Set(Array.from({ length: taking }, (_, index) => Math.floor((index * first) / taking)));
}

/** Measures until it has not got faster for `still` times: code is compiled while it runs. */
async function warmUp(running, { warmUps, still, milliseconds }) {
  let best = Number.POSITIVE_INFINITY;
  for (let [times, same] = [0, 0]; times < warmUps && same < still; times += 1) {
    const [figure] = await running.measure(milliseconds);
    same = figure < best * 0.95 ? 0 : same + 1;
    best = Math.min(best, figure);
  }
}

async function measureAll(workload, sides, plan) {
  /** @type {Map<any, { samples: (number[] | undefined)[], error?: Error, running?: any }>} */
  const results = new Map(sides.map((side) => [side, { samples: [] }]));
  const attempt = async (side, work) => {
    const result = results.get(side);
    if (result === undefined || result.error !== undefined) return;
    try {
      await patiently(work(result));
    } catch (error) {
      result.error = /** @type {Error} */ (error);
    }
  };
  const withPeers = roundsOfPeers(plan);
  const stop = async () => {
    for (const { running } of results.values()) await running?.stop().catch(() => {});
    await killAll();
  };
  const live = async (first, end) => {
    const living = sides.filter((side) => !side.peer || first === 0);
    for (const side of living) {
      await attempt(side, async (result) => {
        result.running = await workload.start(side);
        await warmUp(result.running, plan);
      });
    }
    for (let round = first; round < end; round += 1) {
      const taking = living.filter((side) => !side.peer || withPeers.has(round));
      for (let turn = 0; turn < taking.length; turn += 1) {
        const side = taking[(turn + round) % taking.length];
        await attempt(side, async ({ samples, running }) => {
          samples[round] = await running.measure(plan.milliseconds);
        });
      }
    }
  };
  const each = plan.rounds / plan.lives;
  for (let first = 0; first < plan.rounds; first += each) {
    try {
      await live(first, first + each);
    } finally {
      await stop();
    }
  }
  return results;
}

/**
 * Runs a workload with the sides that can do it. Gives for each of its rows the figures of each side, one a round, or
 * the error that it ended with.
 */
export async function run(workload, sides, plan) {
  const able = sides.filter((side) => side.can.has(workload.needs));
  const own = { ...plan, ...workload.plan?.(plan) };
  const measure = () => measureAll(workload, able, own);
  const results = workload.pinned ? await pinned(measure) : await measure();
  return workload.rows.map((row, index) => ({
    row,
    figures: new Map(
      [...results].map(([side, { samples, error }]) => [
        side,
        { samples: samples.map((sample) => sample?.[index]), error },
      ]),
    ),
  }));
}
