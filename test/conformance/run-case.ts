/** Runs one case against what is tested, and judges it. */
import { deviations, successes } from "./judge.ts";
import type { Case } from "./plan.ts";
import type { Subject, Suite } from "./suite.ts";
import type { TestedServer } from "./tested-server.ts";

/** What came of a case. */
export interface Row {
  readonly one: Case;
  /** What deviates from a perfect run. */
  readonly found: readonly string[];
  /** How many checks succeeded. */
  readonly successes: number;
  readonly seconds: number;
}

/** Runs one case; `label` tells its results from those of another subject. */
export async function runCase(suite: Suite, one: Case, tested: TestedServer | string, label?: string): Promise<Row> {
  const started = performance.now();
  const isClient = typeof tested === "string";
  const outcome = await suite.run(one, isClient ? commandOf(tested) : { url: tested.url }, label);
  const found = deviations(one, { ...outcome, serverEnded: !isClient && tested.ended });
  return { one, found, successes: successes(outcome.checks ?? []), seconds: (performance.now() - started) / 1000 };
}

/** The suite gives the command of a client to a shell. */
function commandOf(program: string): Subject {
  return { command: `"${process.execPath}" "${program}"` };
}
