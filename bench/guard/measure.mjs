// Measures a row of the guard in a process of its own, whose engine leaves nothing to chance.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median } from "../figures.mjs";

/** In MB. New objects fill it during one run; when it is full, garbage is collected. */
const SPACE = 256;

const flags = [
  "--expose-gc",
  `--min-semi-space-size=${SPACE}`,
  `--max-semi-space-size=${SPACE}`,
  // Code is compiled when it is due, and not when a thread of its own is done with it: which functions became part of
  // which others depends on that, and with it which objects are never made.
  "--single-threaded",
];

/** How far apart the runs of one process may be, as a part of their median. */
const SPREAD = 0.012;
/** How long a process may take, in milliseconds. */
const PATIENCE = 60_000;

/** What one process said: `{ bytes, spread }`, and `problem` where that is not to be trusted. */
export async function measure(row) {
  const child = fork(join(import.meta.dirname, "child.mjs"), [row.id], {
    execArgv: flags,
    env: { ...process.env, NODE_ENV: "production" },
  });
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  let told;
  child.once("message", (message) => {
    told = message;
  });
  const [code, signal] = await once(child, "exit");
  clearTimeout(late);
  if (told === undefined) return { problem: `its process ended with ${signal ?? code}` };
  const runs = told.runs.filter((run) => run !== null);
  const collected = told.runs.length - runs.length;
  if (runs.length < told.least) return { problem: `garbage was collected in ${collected} of ${told.runs.length} runs` };
  const bytes = median(runs);
  const spread = (Math.max(...runs) - Math.min(...runs)) / bytes;
  const problem = spread > SPREAD ? `its runs are ${(spread * 100).toFixed(1)} % apart` : undefined;
  return { bytes, spread, problem };
}
