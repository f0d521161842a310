/** That no case of this set is forgotten: each is in a title. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const IDS: readonly string[] = [
  // Parsing.
  ...[1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22].map((id) => `SEC-${id}`),
  // HTTP.
  ...[24, 25, 26, 27, 28, 29, 31, 32, 33, 34, 35, 36, 38, 39, 40, 41, 42, 43, 45, 48, 49, 50, 52].map(
    (id) => `SEC-${id}`,
  ),
  // Streams of events.
  ...[53, 54, 55, 56, 57].map((id) => `SEC-${id}`),
  ...[17, 19, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30].map((id) => `REL-${id}`),
  // stdio.
  ...[1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16].map((id) => `REL-${id}`),
];

it("every case has a test", () => {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts") && name !== "catalogue.test.ts");
  const text = files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
  const titled = new Set(text.match(/\b(?:SEC|REL)-[0-9]+/g));
  const missing = IDS.filter((id) => !titled.has(id));
  expect(missing).toEqual([]);
});
