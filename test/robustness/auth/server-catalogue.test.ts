/** That no case of the server's half is forgotten. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const IDS = [46, 47, 94, 95, 96, 98, 103, 104, 105, 106, 108].map((id) => `SEC-${id}`);

/** Cases that attack an authorization server. None comes with mcplex. */
const NOT_OURS = [97, 99, 101, 102].map((id) => `SEC-${id}`);

it("every case has a test, or attacks what is not there", () => {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder).filter((name) => /^server-.*\.test\.ts$/.test(name) && !name.includes("catalogue"));
  const text = files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
  const titled = new Set(text.match(/\bSEC-[0-9]+/g));
  expect(IDS.filter((id) => !titled.has(id))).toEqual([]);
  for (const id of NOT_OURS)
    console.log(`not applicable: ${id} attacks an authorization server, and none comes with mcplex`);
});
