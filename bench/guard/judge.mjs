// What the figures of a row come to, beside its base line.
import { median } from "../figures.mjs";

/** How far a row may be from its base line, as a part of it. */
const TOLERANCE = 0.03;
/** How far apart the processes may be on which a base line rests, as a part of it. */
const AGREEMENT = 0.012;
/** Processes that are asked where one is not enough. */
export const PROCESSES = 3;

const isTrusted = ({ problem }) => problem === undefined;
const change = (bytes, base) => bytes / base - 1;
const percent = (part) => `${(Math.abs(part) * 100).toFixed(1)} %`;
const whole = (bytes) => Math.round(bytes).toLocaleString("en");

/** The figure of some processes, or what is wrong with it. */
function figureOf(processes) {
  const trusted = processes.filter(isTrusted).map(({ bytes }) => bytes);
  if (trusted.length * 2 > processes.length) return { bytes: median(trusted), trusted };
  const problems = processes.filter((one) => !isTrusted(one)).map(({ problem }) => problem);
  return { problem: `its figure is not to be trusted: ${problems.join("; ")}` };
}

/** Whether a row needs no second look. */
export function isClear([only], base) {
  return base === undefined || (isTrusted(only) && Math.abs(change(only.bytes, base)) <= TOLERANCE);
}

/** Judges a row: `{ bytes }`, with `problem` where it fails, and `notice` where it passes and somebody should look. */
export function judge(processes, base) {
  const { bytes, problem } = figureOf(processes);
  if (problem !== undefined) return { problem };
  if (base === undefined) return { bytes, problem: `it has no base line for Node ${process.versions.node}` };
  const by = change(bytes, base);
  const told = `${whole(bytes)} bytes a call, ${percent(by)} ${by > 0 ? "above" : "below"} the base line of ${whole(base)}`;
  if (by > TOLERANCE) return { bytes, by, problem: `${told}; ${percent(TOLERANCE)} are allowed` };
  return by < -TOLERANCE ? { bytes, by, notice: told } : { bytes, by };
}

/** The figure for a new base line: `{ bytes }`, or `problem`. */
export function settle(processes) {
  const { bytes, trusted, problem } = figureOf(processes);
  if (problem !== undefined) return { problem };
  const apart = (Math.max(...trusted) - Math.min(...trusted)) / bytes;
  if (apart > AGREEMENT) return { problem: `its processes are ${percent(apart)} apart, and make no base line` };
  return { bytes: Math.round(bytes) };
}
