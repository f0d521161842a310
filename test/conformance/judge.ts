/** Judges one run of a scenario by its checks: the suite itself lets pass too much. */
import { type Case, expectedExit, reasonToSkip } from "./plan.ts";

/** A check as the suite writes it. */
export interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly description?: string;
  readonly errorMessage?: string;
}

/** What came of a run. */
export interface Outcome {
  /** Undefined where the suite wrote none. */
  readonly checks: readonly Check[] | undefined;
  /** The exit code of the client, where one was run. */
  readonly clientExit: number;
  /** Whether the suite, or the client under test, took too long. */
  readonly timedOut: boolean;
  /** Whether the server under test has ended. */
  readonly serverEnded: boolean;
}

/** What deviates from a perfect run, in words; nothing where it was one. */
export function deviations(one: Case, outcome: Outcome): string[] {
  const { side, scenario, golden } = one;
  const found: string[] = [];
  if (outcome.timedOut) found.push("time-out");
  if (outcome.serverEnded) found.push("the server has ended");
  const expected = expectedExit(scenario);
  if (side === "client" && !outcome.timedOut && outcome.clientExit !== expected) {
    found.push(`the client ended with code ${outcome.clientExit}, not ${expected}`);
  }
  if (outcome.checks === undefined) return [...found, "the suite wrote no checks"];
  for (const check of outcome.checks) {
    const problem = problemOf(one, check);
    if (problem !== undefined) found.push(problem);
  }
  return [...found, ...missing(golden, outcome.checks)];
}

/** How many checks were a SUCCESS. */
export function successes(checks: readonly Check[]): number {
  return checks.filter(({ status }) => status === "SUCCESS").length;
}

function problemOf(one: Case, { id, name, status, description, errorMessage }: Check): string | undefined {
  if (status === "SUCCESS" || status === "INFO") return undefined;
  if (status === "SKIPPED" && reasonToSkip(one, id, name) !== undefined) return undefined;
  return `${status} ${id} (${name}): ${errorMessage ?? description ?? "no reason given"}`;
}

/** Checks that are not there. Those that are there and did not succeed are told by themselves. */
function missing(golden: Case["golden"], checks: readonly Check[]): string[] {
  return Object.entries(golden).flatMap(([id, least]) => {
    const there = checks.filter((check) => check.id === id && check.status !== "INFO").length;
    return there < least ? [`${there} of ${least} checks ${id} are there`] : [];
  });
}
