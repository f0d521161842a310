/** Shows that the judgement can fail: runs what the suite lets pass, and must not pass here. */
import { join } from "node:path";
import { type Case, casesOf, type Side } from "./plan.ts";
import { runCase } from "./run-case.ts";
import type { Suite } from "./suite.ts";
import { TestedServer } from "./tested-server.ts";

/** What must fail, and the scenarios in which the suite finds nothing wrong with it. */
interface Canary {
  readonly side: Side;
  readonly what: string;
  readonly program: string;
  readonly scenarios: readonly string[];
}

/** The programs of the canaries, bundled. */
export interface CanaryPrograms {
  readonly refusingServer: string;
  readonly idleClient: string;
}

/** Runs the canaries of some sides, tells of each, and gives how many passed though they must not. */
export async function runCanaries(
  suite: Suite,
  { refusingServer, idleClient }: CanaryPrograms,
  results: string,
  sides: readonly Side[],
): Promise<number> {
  const all: readonly Canary[] = [
    {
      side: "server",
      what: "a server that knows no method",
      program: refusingServer,
      scenarios: [
        "sep-2164-resource-not-found",
        "input-required-result-missing-input-response",
        "input-required-result-ignore-extra-params",
      ],
    },
    {
      side: "client",
      what: "a client that does nothing",
      program: idleClient,
      scenarios: [
        "initialize",
        "http-standard-headers",
        "sep-2640-client-no-prefetch",
        "sep-2640-client-verify-digest",
      ],
    },
  ];
  let passed = 0;
  for (const canary of all.filter(({ side }) => sides.includes(side))) {
    const wrong = await passing(suite, canary, results);
    passed += wrong.length;
    console.log(
      `${wrong.length === 0 ? "ok  " : "FAIL"}  ${canary.what} fails in ${canary.scenarios.length} scenarios`,
    );
    for (const { scenario, wire } of wrong) console.log(`        it passes in ${scenario} of ${wire}`);
  }
  return passed;
}

/** The cases in which a canary passes. */
async function passing(suite: Suite, canary: Canary, results: string): Promise<Case[]> {
  const { side, program, scenarios } = canary;
  const server = side === "server" ? await TestedServer.start(program, join(results, "canary.txt")) : undefined;
  const passed: Case[] = [];
  try {
    for (const one of casesOf(side).filter(({ scenario }) => scenarios.includes(scenario))) {
      const { found } = await runCase(suite, one, server ?? program, "canary-");
      if (found.length === 0) passed.push(one);
    }
  } finally {
    await server?.end();
  }
  return passed;
}
