// Whether what a call costs grows with what a server has: two servers take turns, one with few and one with many.
import { costOf, median, quantile } from "../figures.mjs";

const ROUNDS = 15;
const WARM_UPS = 3;
const MILLISECONDS = 400;

/** How much more a call may cost with many than with few, as a ratio. */
const MOST = 1.15;

/** Measures one after the other, beginning with another one in each round. */
async function takeTurns(servers) {
  const costs = servers.map(() => []);
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const server = servers[index];
      const cost = await costOf(server, () => server.load(MILLISECONDS));
      if (round >= 0) costs[index].push(cost);
    }
  }
  return costs;
}

/** Compares the CPU time of a call: gives a line of the table. Without a limit it is there to be seen. */
export async function compareCost(name, start, [few, many], { most = MOST } = {}) {
  const servers = [];
  try {
    for (const options of [few, many]) servers.push(await start(options));
    const [small, large] = await takeTurns(servers);
    const ratios = large.map((cost, round) => cost / small[round]);
    const ratio = median(ratios);
    const spread = `[${quantile(ratios, 0.1).toFixed(2)}-${quantile(ratios, 0.9).toFixed(2)}]`;
    const cost = (samples) => `${median(samples).toFixed(2)} us`;
    const limit = most === Number.POSITIVE_INFINITY ? "-" : `at most ${most}`;
    return { cells: [name, cost(small), cost(large), `${ratio.toFixed(2)} ${spread}`, limit], met: ratio <= most };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
