import { describe, expect, it } from "vitest";
import { pageOf } from "../docs/pages.ts";
import { type Case, casesOf } from "./plan.ts";
import type { Row } from "./run-case.ts";
import { tableOf } from "./table.ts";

const one: Case = { side: "server", scenario: "ping", wire: "2025-11-25", golden: {} };
const row = (changes: Partial<Case>, found: readonly string[] = []): Row => ({
  one: { ...one, ...changes },
  found,
  successes: 2,
  seconds: 1,
});

describe("the table of the conformance suite", () => {
  it("has a line for each scenario of a side, and a column for each revision", () => {
    const rows = [row({}), row({ wire: "2026-07-28" }, ["It is so"]), row({ side: "client", wire: "2025-06-18" })];
    expect(tableOf(rows)).toBe(
      [
        "| | Scenario | 2025-06-18 | 2025-11-25 | 2026-07-28 |",
        "|---|---|---|---|---|",
        "| server | `ping` |  | 2 | **fails** (2) |",
        "| client | `ping` | 2 |  |  |",
      ].join("\n"),
    );
  });

  it("in the documentation has every case that is run, and none that fails", () => {
    const page = pageOf("docs/conformance.md");
    expect(page).not.toContain("**fails**");
    const cases = [...casesOf("server"), ...casesOf("client")];
    const wires = [...new Set(cases.map(({ wire }) => wire))].sort();
    for (const { side, scenario } of cases) {
      const [line] = page.split("\n").filter((text) => text.startsWith(`| ${side} | \`${scenario}\` |`));
      const run = cases.filter((other) => other.side === side && other.scenario === scenario).map(({ wire }) => wire);
      const cells = line?.split("|").slice(3, -1) ?? [];
      expect(
        wires.filter((_, at) => cells[at]?.trim() !== ""),
        `${side} ${scenario}`,
      ).toEqual(run);
    }
  });
});
