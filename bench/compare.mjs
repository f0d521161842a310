// Runs the workloads that are asked for with the sides that are asked for, and tells what came of it.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { canPin } from "./pinned.mjs";
import { asJson, asMarkdown } from "./report.mjs";
import { run } from "./rounds.mjs";
import { installPeers, sides } from "./sides.mjs";
import { columns, summarize, tableOf, verdictOf } from "./table.mjs";

/** Peers are so far away that few rounds tell where. The rounds are those of so many `lives` of each process, in turn. */
const plans = {
  full: { rounds: 12, lives: 3, peerRounds: 3, milliseconds: 300, warmUps: 12, still: 4, quick: false },
  quick: { rounds: 5, lives: 1, peerRounds: 1, milliseconds: 120, warmUps: 15, still: 2, quick: true },
};

/** Names of groups of rows. */
const groups = { import: "W7 import", heap: "W8 heap" };

class Misuse extends Error {}

/** The workloads in the order of their numbers; those of a number as they are declared. */
async function allWorkloads() {
  const folder = join(import.meta.dirname, "workloads");
  const files = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(folder, file)).href)));
  const numberOf = ({ rows }) => Number.parseInt(rows[0].id.slice(1), 10);
  return modules.flatMap(({ workloads }) => workloads).sort((a, b) => numberOf(a) - numberOf(b));
}

const listed = (text) => text.split(",").map((part) => part.trim().toLowerCase());

/** What is to be run: the plan, the sides, the workloads, and which of their rows are wanted. */
async function choose(args) {
  const { values, positionals } = parse(args);
  const unknown = positionals.find((name) => !Object.hasOwn(groups, name));
  if (unknown !== undefined) throw new Misuse(`There is no "${unknown}"`);
  const starts = [
    ...(values.only === undefined ? [] : listed(values.only)),
    ...positionals.map((name) => groups[name]),
  ];
  const wanted = ({ id }) =>
    starts.length === 0 || starts.some((start) => id.toLowerCase().startsWith(start.toLowerCase()));
  const workloads = (await allWorkloads()).filter(({ rows }) => rows.some(wanted));
  if (workloads.length === 0) throw new Misuse(`No workload starts with ${starts.join(" or ")}`);
  const names = values.peers === undefined ? undefined : listed(values.peers);
  const stranger = names?.find((name) => !sides.some((side) => side.name === name));
  if (stranger !== undefined) throw new Misuse(`There is no side "${stranger}"`);
  const able = ({ can }) => workloads.some(({ needs }) => can.has(needs));
  const taking = sides.filter((side) => able(side) && (names === undefined || names.includes(side.name)));
  return { values, plan: values.quick ? plans.quick : plans.full, workloads, taking, wanted };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string" },
        peers: { type: "string" },
        markdown: { type: "string" },
        json: { type: "string" },
      },
    });
  } catch (error) {
    throw new Misuse(/** @type {Error} */ (error).message);
  }
}

/** Runs the workloads; prints each row when it is there. */
async function runAll({ plan, workloads, taking, wanted }) {
  const { head, line } = tableOf(taking);
  const rows = [];
  console.log(columns(head));
  for (const workload of workloads) {
    if (workload.pinned && !canPin()) {
      for (const { id } of workload.rows) console.log(columns([id, "skipped: taskset is missing"]));
      continue;
    }
    for (const result of await run(workload, taking, plan)) {
      if (!wanted(result.row)) continue;
      const row = summarize(result);
      rows.push(row);
      console.log(columns(line(row)));
    }
  }
  return rows;
}

const USAGE = `Usage: npm run bench [-- [${Object.keys(groups).join(" | ")}] [--quick] [--only W2,W3] [--peers ${sides.map(({ name }) => name).join(",")}] [--markdown FILE] [--json FILE]]
       npm run bench -- --guard | --growth`;

export async function compare(args) {
  try {
    const chosen = await choose(args);
    const { values, taking } = chosen;
    if (taking.some(({ peer }) => peer)) installPeers();
    const began = performance.now();
    const rows = await runAll(chosen);
    const verdict = verdictOf(rows);
    const lines = [...verdict.lines, `${Math.ceil((performance.now() - began) / 1000)} s`];
    console.log(`\n${lines.join("\n")}`);
    const given = args.map((arg) => (arg.includes(" ") ? JSON.stringify(arg) : arg));
    const command = ["npm run bench", ...(args.length === 0 ? [] : ["--", ...given])].join(" ");
    const report = { rows, sides: taking, verdict, command };
    if (values.markdown !== undefined) writeFileSync(values.markdown, asMarkdown(report));
    if (values.json !== undefined) writeFileSync(values.json, asJson(report));
    process.exitCode = verdict.passed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    console.error(`${error.message}\n${USAGE}`);
    process.exitCode = 2;
  }
}
