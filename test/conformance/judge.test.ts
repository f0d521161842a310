import { describe, expect, it } from "vitest";
import { type Check, deviations, type Outcome } from "./judge.ts";
import { type Case, casesOf, reasonToSkip } from "./plan.ts";

const server: Case = {
  side: "server",
  scenario: "ping",
  wire: "2025-11-25",
  golden: { ping: 2, "wire-schema-valid": 1 },
};
const client: Case = { ...server, side: "client", scenario: "initialize" };

const check = (id: string, status = "SUCCESS", more: Partial<Check> = {}): Check => ({ id, name: id, status, ...more });
const all = [check("ping"), check("ping"), check("wire-schema-valid")];

/** What deviates in a run that is perfect but for what is given. */
const judged = (one: Case, changes: Partial<Outcome> = {}): string[] =>
  deviations(one, { checks: all, clientExit: 0, timedOut: false, serverEnded: false, ...changes });

describe("a run of the conformance suite", () => {
  it("is good when all golden checks succeeded, whatever else did", () => {
    expect(judged(server)).toEqual([]);
    expect(judged(client)).toEqual([]);
    expect(judged(server, { checks: [...all, check("more"), check("told", "INFO")] })).toEqual([]);
  });

  it.each(["FAILURE", "WARNING", "SKIPPED", "UNHEARD_OF"])("deviates when a check is a %s", (status) => {
    const checks = [...all, check("more", status, { errorMessage: "It is so" })];
    expect(judged(server, { checks })).toEqual([`${status} more (more): It is so`]);
  });

  it("deviates when a golden check is missing, is there less often, or only tells something", () => {
    expect(judged(server, { checks: all.slice(0, 2) })).toEqual(["0 of 1 checks wire-schema-valid are there"]);
    expect(judged(server, { checks: all.slice(1) })).toEqual(["1 of 2 checks ping are there"]);
    const told = [...all.slice(0, 2), check("wire-schema-valid", "INFO")];
    expect(judged(server, { checks: told })).toEqual(["0 of 1 checks wire-schema-valid are there"]);
    expect(judged(server, { checks: [] })).toHaveLength(2);
  });

  it("deviates when there are no checks, when it timed out, and when the server has ended", () => {
    expect(judged(server, { checks: undefined })).toEqual(["the suite wrote no checks"]);
    expect(judged(server, { timedOut: true })).toEqual(["time-out"]);
    expect(judged(client, { timedOut: true, clientExit: 1 })).toEqual(["time-out"]);
    expect(judged(server, { serverEnded: true })).toEqual(["the server has ended"]);
  });

  it("deviates when the client does not end with the code that is expected", () => {
    expect(judged(client, { clientExit: 1 })).toEqual(["the client ended with code 1, not 0"]);
  });

  it("deviates when the client gets in where it must not, or has a fault there", () => {
    const refused: Case = { ...client, scenario: "auth/iss-unexpected" };
    expect(judged(refused, { clientExit: 3 })).toEqual([]);
    expect(judged(refused, { clientExit: 0 })).toEqual(["the client ended with code 0, not 3"]);
    expect(judged(refused, { clientExit: 1 })).toEqual(["the client ended with code 1, not 3"]);
  });
});

describe("the plan of the conformance suite", () => {
  it("lets a check be SKIPPED by its scenario, its revision, its id and its name", () => {
    const id = "sep-2243-client-includes-standard-headers";
    const one: Case = { ...client, scenario: "http-standard-headers", wire: "2026-07-28" };
    expect(reasonToSkip(one, id, "ClientMcpMethodHeader_initialize")).toBeTypeOf("string");
    expect(reasonToSkip(one, id, "ClientMcpMethodHeader_tools_call")).toBeUndefined();
    expect(reasonToSkip(one, "other", "ClientMcpMethodHeader_initialize")).toBeUndefined();
    expect(reasonToSkip({ ...one, wire: "2025-11-25" }, id, "ClientMcpMethodHeader_initialize")).toBeUndefined();
    expect(reasonToSkip({ ...one, scenario: "ping" }, id, "ClientMcpMethodHeader_initialize")).toBeUndefined();
  });

  it.each(["server", "client"] as const)("has cases of the %s, each with golden checks", (side) => {
    const cases = casesOf(side);
    expect(cases.length).toBeGreaterThan(20);
    for (const { scenario, golden } of cases) {
      expect(
        Object.values(golden).some((least) => least > 0),
        scenario,
      ).toBe(true);
    }
  });
});
