/** Runs the conformance suite scenario by scenario, and judges each run. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CanaryPrograms, runCanaries } from "./canaries.ts";
import { type Case, casesOf, type Side, suiteVersion } from "./plan.ts";
import { type Row, runCase } from "./run-case.ts";
import { Suite } from "./suite.ts";
import { writeTable } from "./table.ts";
import { TestedServer } from "./tested-server.ts";

/** The programs that are started, bundled. */
export interface Programs extends CanaryPrograms {
  readonly server: string;
  readonly client: string;
}

/** What the arguments ask for. @throws for what makes no sense. */
function read(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      server: { type: "boolean", default: false },
      client: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      markdown: { type: "boolean", default: false },
    },
  });
  const { only, markdown } = values;
  const both = values.server === values.client;
  const sides = (["server", "client"] as const).filter((side) => both || values[side]);
  const cases = sides.flatMap(casesOf).filter(({ scenario }) => only?.includes(scenario) ?? true);
  const unknown = only?.filter((name) => !cases.some(({ scenario }) => scenario === name)) ?? [];
  if (unknown.length > 0) throw new Error(`No scenario named ${unknown.join(", ")} is run`);
  if (markdown && (only !== undefined || !both)) throw new Error("--markdown needs a whole run");
  return { sides, cases, markdown, withCanaries: only === undefined };
}

/** Runs what the arguments name, and gives the exit code. */
export async function conformance(root: string, programs: Programs, args: readonly string[]): Promise<number> {
  const { sides, cases, markdown, withCanaries } = read(args);
  const results = join(root, ".tmp/conformance/results");
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const suite = new Suite(join(root, "test/tools"), results);
  const problems = await problemsOfPlan(suite, sides);
  for (const problem of problems) console.log(`FAIL  ${problem}`);
  let failed = problems.length;
  if (withCanaries) failed += await runCanaries(suite, programs, results, sides);
  const rows = await runAll(suite, programs, results, cases);
  failed += rows.filter(({ found }) => found.length > 0).length;
  if (markdown) await writeTable(join(root, "docs/conformance.md"), rows);
  const checks = rows.reduce((sum, row) => sum + row.successes, 0);
  const outcome = failed === 0 ? "nothing deviates" : `${failed} DEVIATE, see ${results}`;
  console.log(`${rows.length} runs, ${checks} checks succeeded, ${outcome}`);
  return failed === 0 ? 0 : 1;
}

/** What the plan and the suite do not agree on. */
async function problemsOfPlan(suite: Suite, sides: readonly Side[]): Promise<string[]> {
  const found: string[] = [];
  if (suite.version !== suiteVersion)
    found.push(`the golden checks are of ${suiteVersion}, the suite is ${suite.version}`);
  for (const side of sides) {
    const planned = new Set(casesOf(side).map(({ scenario }) => scenario));
    for (const name of await suite.scenarios(side)) {
      if (!planned.has(name)) found.push(`no golden checks for ${side} ${name}`);
    }
  }
  return found;
}

async function runAll(suite: Suite, programs: Programs, results: string, cases: readonly Case[]): Promise<Row[]> {
  const rows: Row[] = [];
  const server = cases.some(({ side }) => side === "server")
    ? await TestedServer.start(programs.server, join(results, "server.txt"))
    : undefined;
  try {
    for (const one of cases) {
      const row = await runCase(suite, one, one.side === "server" && server !== undefined ? server : programs.client);
      rows.push(row);
      tell(row);
    }
  } finally {
    await server?.end();
  }
  return rows;
}

function tell({ one: { side, scenario, wire }, found, successes, seconds }: Row): void {
  const checks = `${String(successes).padStart(3)} checks`;
  const word = found.length === 0 ? "ok  " : "FAIL";
  console.log(`${word}  ${side}  ${wire}  ${scenario.padEnd(45)}${checks}${seconds.toFixed(1).padStart(6)} s`);
  for (const line of found) console.log(line.replace(/^/gm, "        "));
}
