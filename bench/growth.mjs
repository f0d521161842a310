// What grows: the CPU time of a call with the tools and the sessions of a server, and its heap with the calls.
//
//   npm run bench -- --growth
import { buildIfNeeded } from "../scripts/build.mjs";
import { compareCost } from "./growth/cost.mjs";
import { compareHeap } from "./growth/heap.mjs";
import { onHttp, onStdio } from "./growth/servers.mjs";

const UNLIMITED = { most: Number.POSITIVE_INFINITY };

const lines = [
  () => compareCost("cost: 1 and 1,000 tools, stdio", onStdio, [{ tools: 1 }, { tools: 1000 }]),
  // No limit: most of what it adds is in the compiled schemas, of which a thousand are in use then.
  () =>
    compareCost("    calls to all of them in turn", onStdio, [{ tools: 1 }, { tools: 1000, called: 1000 }], UNLIMITED),
  () => compareCost("cost: 1 and 1,000 tools, HTTP 2026", onHttp, [{ tools: 1 }, { tools: 1000 }]),
  () => compareCost("cost: 1 and 5,000 sessions", onHttp, [{ sessions: 1 }, { sessions: 5000 }]),
  () => compareHeap("heap: 100,000 and 1,000,000 calls, stdio", () => onStdio({}), [100_000, 1_000_000]),
  () => compareHeap("heap: 30,000 and 300,000 calls, 100 sessions", () => onHttp({ sessions: 100 }), [30_000, 300_000]),
];

const WIDTHS = [46, 12, 12, 18];
const show = (cells) => console.log(cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join(""));

await buildIfNeeded();
const began = performance.now();
console.log(`What grows, on Node ${process.versions.node}`);
show(["", "with few", "with many", "growth", "limit"]);
let missed = 0;
for (const line of lines) {
  const { cells, met } = await line();
  show([...cells.slice(0, -1), `${cells.at(-1)}${met ? "" : ": MISSED"}`]);
  if (!met) missed += 1;
}
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
if (missed > 0) {
  console.error(`${missed} of ${lines.length} limits missed`);
  process.exitCode = 1;
}
