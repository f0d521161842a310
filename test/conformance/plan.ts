/** Which scenarios of the suite are run, over which wires, and what is expected of each. */
import golden from "./golden.json" with { type: "json" };

/** Who is tested. */
export type Side = "server" | "client";

/** One scenario over one wire. */
export interface Case {
  readonly side: Side;
  readonly scenario: string;
  /** The revision that is spoken. */
  readonly wire: string;
  /** The checks that must be there, and how many of each at least. */
  readonly golden: Readonly<Record<string, number>>;
}

type Golden = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** The version of the suite that the golden checks are of. */
export const suiteVersion: string = golden.suite;

/** All cases of a side, in the order of the golden checks. */
export function casesOf(side: Side): Case[] {
  return Object.entries(golden[side] as Golden).flatMap(([scenario, wires]) =>
    Object.entries(wires).map(([wire, checks]) => ({ side, scenario, wire, golden: checks })),
  );
}

/** A check that may be SKIPPED. */
interface Skip {
  readonly scenario: string;
  readonly wire: string;
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

const skips: readonly Skip[] = [
  ...["initialize", "notifications_initialized"].map((method) => ({
    scenario: "http-standard-headers",
    wire: "2026-07-28",
    id: "sep-2243-client-includes-standard-headers",
    name: `ClientMcpMethodHeader_${method}`,
    reason: "the revision has no such message",
  })),
  ...["sep-2640-skills-list-cache-attributes", "sep-2640-skills-get-cache-attributes"].map((id) => ({
    scenario: "sep-2640-skills-enumeration",
    wire: "2025-11-25",
    id,
    name: id,
    reason: "the revision has no hints for caches",
  })),
  {
    scenario: "tasks-status-notifications",
    wire: "2026-07-28",
    id: "tasks-status-notifications",
    name: "TasksStatusNotificationsScenario",
    reason: "the suite has no way yet to listen for them",
  },
];

/** Why a check may be SKIPPED; undefined where it may not. */
export function reasonToSkip({ scenario, wire }: Case, id: string, name: string): string | undefined {
  const found = skips.find(
    (skip) => skip.scenario === scenario && skip.wire === wire && skip.id === id && skip.name === name,
  );
  return found?.reason;
}

/** Exit codes of the client other than 0, by the scenario. */
const exits: ReadonlyMap<string, number> = new Map(
  // The client must not get in, and says so by an AuthError. A fault, which has code 1, is not that.
  [
    "auth/scope-retry-limit",
    "auth/resource-mismatch",
    "auth/metadata-issuer-mismatch",
    "auth/iss-supported-missing",
    "auth/iss-wrong-issuer",
    "auth/iss-unexpected",
    "auth/iss-normalized",
  ].map((scenario) => [scenario, 3]),
);

/** The code that the client has to end with. */
export function expectedExit(scenario: string): number {
  return exits.get(scenario) ?? 0;
}
