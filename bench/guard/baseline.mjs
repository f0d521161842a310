// The base line: what each row allocates for a call, on each major version of Node that was asked, since engines differ.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "..", "baseline.json");
const [major] = process.versions.node.split(".");

const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});

/** The figures for this Node, row by row. @returns {Record<string, number>} */
export const baseline = () => read()[major]?.bytes ?? {};

/** Puts figures in place of those for this Node; rows that are not among them keep theirs. */
export function renew(figures) {
  const all = read();
  const bytes = { ...all[major]?.bytes, ...figures };
  writeFileSync(file, `${JSON.stringify({ ...all, [major]: { node: process.version, bytes } }, undefined, 2)}\n`);
}
