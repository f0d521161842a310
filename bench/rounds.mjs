// Measures the sides of a workload in rounds: in each they take turns, beginning with another one, and a ratio is that of
// two figures of one round. What slows the machine for a while then slows both.
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

/** The rounds in which peers take part, spread over all of them. */
function roundsOfPeers({ rounds, peerRounds }) {
  const every = rounds / Math.min(peerRounds, rounds);
  return new Set(Array.from({ length: Math.min(peerRounds, rounds) }, (_, index) => Math.floor(index * every)));
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
  try {
    for (const side of sides) {
      await attempt(side, async (result) => {
        result.running = await workload.start(side);
        await warmUp(result.running, plan);
      });
    }
    const withPeers = roundsOfPeers(plan);
    for (let round = 0; round < plan.rounds; round += 1) {
      const taking = sides.filter((side) => !side.peer || withPeers.has(round));
      for (let turn = 0; turn < taking.length; turn += 1) {
        const side = taking[(turn + round) % taking.length];
        await attempt(side, async ({ samples, running }) => {
          samples[round] = await running.measure(plan.milliseconds);
        });
      }
    }
  } finally {
    for (const { running } of results.values()) await running?.stop().catch(() => {});
    await killAll();
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
