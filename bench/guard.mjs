// The guard against waste: how many bytes a call allocates, beside a base line that is kept with the sources. The figure
// is the same on a slow machine and on a busy one.
//
//   npm run bench -- --guard [--only W2,W9] [--renew | --selftest]
import { parseArgs } from "node:util";
import { buildIfNeeded } from "../scripts/build.mjs";
import { baseline, renew } from "./guard/baseline.mjs";
import { isClear, judge, PROCESSES, settle } from "./guard/judge.mjs";
import { measure } from "./guard/measure.mjs";
import { rows } from "./guard/rows.mjs";

const { values } = parseArgs({
  strict: false,
  options: { only: { type: "string" }, renew: { type: "boolean" }, selftest: { type: "boolean" } },
});

const number = (value) => (value === undefined ? "-" : Math.round(value).toLocaleString("en")).padStart(10);
const percent = (part) => (part === undefined ? "-" : `${(part * 100).toFixed(1)} %`).padStart(10);
const show = (id, ...cells) => console.log(id.padEnd(20) + cells.join(""));

/** Asks processes until it is enough. */
async function ask(row, isEnough) {
  const processes = [];
  while (processes.length < PROCESSES && (processes.length === 0 || !isEnough(processes))) {
    processes.push(await measure(row));
  }
  return processes;
}

async function guard(chosen) {
  const bases = baseline();
  const began = performance.now();
  const verdicts = [];
  console.log(`Bytes that a call allocates, on Node ${process.versions.node}`);
  show("", ...["base line", "now", "change", "spread"].map((head) => head.padStart(10)));
  for (const row of chosen) {
    const base = bases[row.id];
    const processes = await ask(row, (asked) => !values.renew && isClear(asked, base));
    const { bytes, by, problem, notice } = values.renew ? settle(processes) : judge(processes, base);
    const spread = Math.max(...processes.map((one) => one.spread ?? 0));
    show(row.id, number(base), number(bytes), percent(by), percent(spread), problem === undefined ? "" : "  FAILED");
    verdicts.push({ id: row.id, bytes, problem, notice });
  }
  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
  return verdicts;
}

function tell(verdicts) {
  const failed = verdicts.filter(({ problem }) => problem !== undefined);
  for (const { id, problem } of failed) console.error(`${id}: ${problem}`);
  for (const { id, notice } of verdicts) if (notice !== undefined) console.log(`${id}: ${notice}`);
  if (failed.length > 0) process.exitCode = 1;
  if (values.renew) {
    if (failed.length > 0) return console.error("The base line was not renewed");
    renew(Object.fromEntries(verdicts.map(({ id, bytes }) => [id, bytes])));
    return console.log("The base line was renewed: say in the change why it is another one");
  }
  const worth = "npm run bench -- --guard --renew";
  if (failed.length > 0) console.error(`Where a call is worth more than it was, renew the base line: ${worth}`);
  else if (verdicts.some(({ notice }) => notice !== undefined)) console.log(`Renew the base line: ${worth}`);
}

await buildIfNeeded();
if (values.selftest) await import("./guard/selftest.mjs");
else {
  const wanted = String(values.only ?? "").split(",");
  const chosen = rows.filter(({ id }) => wanted.some((begin) => id.startsWith(begin)));
  if (chosen.length === 0) throw new Error(`No row begins with ${values.only}`);
  tell(await guard(chosen));
}
