// The table of the results: a line for each row, with the figure of LIMIT, and what the others cost of it.
import { median, quantile } from "./figures.mjs";

const LIMIT = "limit";
const MCPLEX = "mcplex";

/** What the samples of a row come to, for each side by its name. */
export function summarize({ row, figures }) {
  const byName = new Map([...figures].map(([side, result]) => [side.name, result]));
  const base = byName.get(LIMIT);
  const summary = (name, { samples, error }) => {
    if (error !== undefined) return { error: error.message };
    const own = samples.filter((sample) => sample !== undefined);
    const figure = { median: median(own), samples: own };
    if (name === LIMIT || base === undefined || base.error !== undefined) return figure;
    const ratios = samples.flatMap((sample, round) => (sample === undefined ? [] : [sample / base.samples[round]]));
    return { ...figure, ratio: median(ratios), low: quantile(ratios, 0.1), high: quantile(ratios, 0.9) };
  };
  const sides = Object.fromEntries([...byName].map(([name, result]) => [name, summary(name, result)]));
  return { ...row, sides, ...judge(row, sides[MCPLEX]) };
}

/** By which part a target is missed; nothing where there is none, or no figure. */
function judge({ target, most }, mcplex) {
  if (mcplex === undefined || mcplex.error !== undefined) return {};
  const over = [
    ...(target === undefined || mcplex.ratio === undefined ? [] : [mcplex.ratio / target - 1]),
    ...(most === undefined ? [] : [mcplex.median / most - 1]),
  ];
  return over.length === 0 ? {} : { missedBy: Math.max(0, ...over) };
}

const number = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3));
const figureText = ({ median }, { unit }) => `${number(median)} ${unit}`;

function ownText(own, row) {
  if (own === undefined) return "-";
  if (own.error !== undefined) return "FAILED";
  if (own.ratio === undefined) return figureText(own, row);
  const text = `${own.ratio.toFixed(2)} [${own.low.toFixed(2)}-${own.high.toFixed(2)}]`;
  return row.most === undefined ? text : `${text} ${figureText(own, row)}`;
}

function peerText(peer, row) {
  if (peer === undefined) return "-";
  if (peer.error !== undefined) return "failed";
  return peer.ratio === undefined ? figureText(peer, row) : peer.ratio.toFixed(peer.ratio < 10 ? 2 : 1);
}

function targetText({ target, most, unit }) {
  const texts = [
    ...(target === undefined ? [] : [String(target)]),
    ...(most === undefined ? [] : [`${most} ${unit.split("/")[0]}`]),
  ];
  return texts.length === 0 ? "-" : texts.join(", ");
}

const verdict = ({ missedBy }) =>
  missedBy === undefined ? "" : missedBy === 0 ? "met" : `MISSED by ${Math.ceil(missedBy * 100)} %`;

function bestPeer(peers, row) {
  const { sides } = row;
  const [best] = peers
    .filter((name) => sides[name]?.median !== undefined)
    .sort((a, b) => sides[a].median - sides[b].median);
  return best === undefined ? "-" : `${best} ${figureText(row.sides[best], row)}`;
}

/** The table for some sides: the texts of its head, and of a line from a summary. */
export function tableOf(sides) {
  const peers = sides.filter(({ peer }) => peer).map(({ name }) => name);
  return {
    head: ["workload", "LIMIT", "mcplex", "target", "", ...peers, ...(peers.length === 0 ? [] : ["best peer"])],
    line: (row) => [
      row.id,
      row.sides[LIMIT] === undefined ? "-" : row.sides[LIMIT].error ? "FAILED" : figureText(row.sides[LIMIT], row),
      ownText(row.sides[MCPLEX], row),
      targetText(row),
      verdict(row),
      ...peers.map((name) => peerText(row.sides[name], row)),
      ...(peers.length === 0 ? [] : [bestPeer(peers, row)]),
    ],
  };
}

const WIDTHS = [27, 16, 28, 14, 16];
/** A line of the table for a terminal. */
export const columns = (texts) =>
  texts
    .map((text, index) => (index === 0 ? text.padEnd(WIDTHS[0]) : text.padEnd(WIDTHS[index] ?? 10)))
    .join(" ")
    .trimEnd();

/** What is to be said at the end, and whether the run counts as passed. */
export function verdictOf(rows) {
  const failed = rows.flatMap(({ id, sides }) =>
    Object.entries(sides).flatMap(([name, { error }]) => (error === undefined ? [] : [{ id, name, error }])),
  );
  const judged = rows.filter(({ missedBy }) => missedBy !== undefined);
  const missed = judged.filter(({ missedBy }) => missedBy > 0);
  const badly = missed.filter(({ missedBy }) => missedBy >= 1 / 3);
  const lines = failed.map(({ id, name, error }) => `${id}: ${name} failed: ${error}`);
  if (judged.length > 0) {
    const by = missed.map(({ id, missedBy }) => `${id} by ${Math.ceil(missedBy * 100)} %`).join(", ");
    lines.push(`${judged.length - missed.length} of ${judged.length} targets met${by === "" ? "" : `; MISSED: ${by}`}`);
  }
  if (badly.length > 0) lines.push(`${badly.length} by a third or more`);
  const own = failed.some(({ name }) => name === LIMIT || name === MCPLEX);
  return { lines, passed: !own && badly.length === 0 && missed.length <= 3 };
}
