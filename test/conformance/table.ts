/** The table of `docs/conformance.md`. */
import { readFile, writeFile } from "node:fs/promises";
import type { Row } from "./run-case.ts";

const START = "<!-- The table is written by `npm run conformance -- --markdown`. -->";
const END = "<!-- End of the table. -->";

/** Writes the table into a page, between its marks. */
export async function writeTable(page: string, rows: readonly Row[]): Promise<void> {
  const text = await readFile(page, "utf8");
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the table: ${START} … ${END}`);
  await writeFile(page, `${text.slice(0, from)}${START}\n\n${tableOf(rows)}\n\n${text.slice(to)}`);
}

/** One line for each scenario of a side, with a column for each revision. */
export function tableOf(rows: readonly Row[]): string {
  const wires = [...new Set(rows.map(({ one }) => one.wire))].sort();
  const names = [...new Set(rows.map(({ one }) => nameOf(one)))];
  const lines = names.map((name) => {
    const cells = wires.map((wire) => cellOf(rows.find(({ one }) => nameOf(one) === name && one.wire === wire)));
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return [`| | Scenario | ${wires.join(" | ")} |`, `|---|---|${"---|".repeat(wires.length)}`, ...lines].join("\n");
}

const nameOf = ({ side, scenario }: Row["one"]): string => `${side} | \`${scenario}\``;

function cellOf(row: Row | undefined): string {
  if (row === undefined) return "";
  return row.found.length === 0 ? String(row.successes) : `**fails** (${row.successes})`;
}
