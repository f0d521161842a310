/** That no case of this set is forgotten: each is in a title. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const IDS: readonly string[] = [
  63, 64, 66, 67, 68, 69, 70, 71, 73, 74, 75, 76, 77, 78, 80, 81, 82, 83, 84, 85, 87, 88, 89, 90, 91, 92,
].map((id) => `SEC-${id}`);

/** Those that are ordinary behaviour stand beside it. */
const FOLDERS = [new URL(".", import.meta.url), new URL("../../auth/", import.meta.url)];

it("every case has a test", () => {
  const texts = FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts") && name !== "catalogue.test.ts")
      .map((name) => readFileSync(new URL(name, folder), "utf8")),
  );
  const titles = texts.flatMap((text) => text.match(/(?<=")[^"\n]*SEC-[^"\n]*(?=")/g) ?? []).join("\n");
  expect(IDS.filter((id) => !new RegExp(`${id}\\b`).test(titles))).toEqual([]);
});
