// How long a cold import takes, beside the official SDK. Each sample is a process of its own; the two sides take turns.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/folders.mjs";

const samples = 21;
const target = { milliseconds: 6, ratio: 0.1 };
const pairs = [
  { ours: "mcplex/server", theirs: "@modelcontextprotocol/server" },
  { ours: "mcplex/client", theirs: "@modelcontextprotocol/client" },
];

/** Writes the program that measures into a folder from which the module can be imported; returns its path. */
function program(folder) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "import-sample.mjs");
  writeFileSync(
    path,
    "const start = performance.now();\nawait import(process.argv[2]);\nconsole.log(performance.now() - start);\n",
  );
  return path;
}

function side(name, folder) {
  return { name, path: program(folder), times: /** @type {number[]} */ ([]) };
}

/** Milliseconds that a fresh process needs for one import. */
function sample({ name, path }) {
  return Number(execFileSync(process.execPath, [path, name], { encoding: "utf8" }));
}

/** @param {number[]} times */
function summary(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.round((sorted.length - 1) * part)];
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}

const show = (name, { median, low, high }) =>
  console.log(`${name.padEnd(30)} ${median.toFixed(1).padStart(7)} ms   (${low.toFixed(1)} to ${high.toFixed(1)})`);

console.log(`Cold import on Node ${process.version}: median of ${samples} processes (10th to 90th percentile)`);
let missed = 0;
for (const { ours, theirs } of pairs) {
  const sides = [side(ours, join(root, ".tmp")), side(theirs, join(root, "bench", "peers", "node_modules"))];
  for (const side of sides) sample(side);
  for (let round = 0; round < samples; round += 1) {
    for (const side of sides) side.times.push(sample(side));
  }
  const [mine, other] = sides.map(({ times }) => summary(times));
  show(ours, mine);
  show(theirs, other);
  const ratio = mine.median / other.median;
  const met = ratio <= target.ratio;
  if (!met) missed += 1;
  console.log(
    `${"".padEnd(30)} ratio ${ratio.toFixed(3)}: at most ${target.ratio} ${met ? "met" : "MISSED"}, ` +
      `at most ${target.milliseconds} ms ${mine.median <= target.milliseconds ? "met" : "missed on this machine"}`,
  );
}
process.exitCode = missed === 0 ? 0 : 1;
