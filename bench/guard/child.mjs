// The server that is watched, in a process of its own: `node <flags> child.mjs <row>`. It tells over IPC how many bytes it
// allocated for a call, run by run, with `null` for a run in which garbage was collected: that one says nothing.
import { PerformanceObserver } from "node:perf_hooks";
import * as adapter from "../adapters/mcplex.mjs";
import { startHttp } from "./http.mjs";
import { rowOf } from "./rows.mjs";
import { startStdio } from "./stdio.mjs";

const RUNS = 5;
/** Runs that may be repeated since garbage was collected. */
const REPEATED = 4;

/** Collections so far, as far as they have been told. */
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ["gc"] });

/** Lets timers fire, and the observer hear. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 30));

/** Bytes in use: on the heap, and in buffers beside it. */
function inUse() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Makes room for a run. Only new objects are collected: a whole collection would throw away compiled code too, and what
 * runs until it is compiled again allocates more.
 */
async function makeRoom() {
  globalThis.gc?.({ type: "minor" });
  await rest();
}

async function measure(act, calls) {
  await makeRoom();
  const collected = collections;
  const before = inUse();
  const made = await act(calls);
  const after = inUse();
  await rest();
  return collections === collected ? (after - before) / made : null;
}

const row = rowOf(process.argv[2]);
const act = await (row.kind === "stdio" ? startStdio : startHttp)(adapter, row);
for (let made = 0; made < row.warmUp; made += await act(row.calls)) await rest();
/** @type {(number | null)[]} */
const runs = [];
const good = () => runs.filter((run) => run !== null).length;
while (good() < RUNS && runs.length < RUNS + REPEATED) runs.push(await measure(act, row.calls));
process.on("disconnect", () => process.exit());
process.send?.({ runs, least: RUNS }, () => process.exit());
