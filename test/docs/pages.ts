import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/folders.mjs";

/** A page of the documentation. */
export interface Document {
  /** Relative to the root: `docs/servers.md`. */
  readonly page: string;
  readonly markdown: string;
}

const inDocs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));

/** The README of the root and of the examples, and all of docs. */
export const documents: readonly Document[] = [
  "README.md",
  "examples/README.md",
  ...inDocs.map((name) => `docs/${name}`),
].map((page) => ({ page, markdown: readFileSync(join(root, page), "utf8") }));

/** The text of one page. */
export function pageOf(page: string): string {
  const found = documents.find((document) => document.page === page);
  if (found === undefined) throw new Error(`There is no ${page}`);
  return found.markdown;
}

/** The cells of all table rows whose first cell is one piece of code: `| `name` | 1 |`. */
export function rowsOf(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => /^\| `[\w./-]+` \|/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, "$1")),
    );
}
