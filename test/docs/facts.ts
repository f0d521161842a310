import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "../../scripts/folders.mjs";
import * as authErrors from "../../src/auth-error.ts";
import * as errors from "../../src/errors.ts";
import { limits } from "../../src/limits.ts";
import { documents, pageOf, rowsOf } from "./pages.ts";

/** Links to files or headings that do not exist. */
export function missingLinks(): string[] {
  return documents.flatMap(({ page, markdown }) => {
    const links = withoutFences(markdown).matchAll(/\]\(([^()\s]+)\)/g);
    const inside = [...links].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
    return inside.filter((link) => !leadsSomewhere(page, link)).map((link) => `${page}: ${link}`);
  });
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, target))) return false;
  if (heading === undefined) return true;
  const lines = withoutFences(readFileSync(join(root, target), "utf8")).split("\n");
  return lines.filter((line) => line.startsWith("#")).some((line) => anchorOf(line) === heading);
}

/** The anchor that a heading gets where Markdown is shown. */
function anchorOf(heading: string): string {
  const text = heading.replace(/^#+ /, "").toLowerCase();
  return text.replace(/[^\p{L}\p{N} -]/gu, "").replaceAll(" ", "-");
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^```[^]*?^```$/gm, "");
}

/** Limits that docs/limits.md lacks although something keeps them, or says wrongly. */
export function wrongLimits(): string[] {
  const told = new Map(rowsOf(pageOf("docs/limits.md")).map(([name = "", value = ""]) => [name, value]));
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(root, "src", name), "utf8"));
  const kept = Object.keys(limits).filter((name) => sources.some((text) => text.includes(`limits.${name}`)));
  const missing = kept.filter((name) => !told.has(name)).map((name) => `${name} is missing`);
  const wrong = [...told].filter(
    ([name, value]) => String((limits as unknown as Record<string, number>)[name]) !== value,
  );
  return [...missing, ...wrong.map(([name, value]) => `${name} is not ${value}`)];
}

/** Error classes and codes that docs/errors.md lacks. */
export function missingErrors(): string[] {
  const page = pageOf("docs/errors.md");
  const rows = rowsOf(page).map(([name]) => name);
  const classes = Object.entries({ ...errors, ...authErrors }).filter(
    ([name, value]) => typeof value === "function" && /^[A-Z]/.test(name),
  );
  const source = ["errors.ts", "auth-error.ts"].map((file) => readFileSync(join(root, "src", file), "utf8")).join("");
  const codes = ["LocalErrorCode", "AuthErrorCode"].flatMap((type) => {
    const union = new RegExp(`type ${type} =([^;]+);`).exec(source)?.[1] ?? "";
    const found = [...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
    if (found.length === 0) throw new Error(`src has no ${type} that can be read here`);
    return found;
  });
  return [...classes.map(([name]) => name), ...codes].filter((name) => !rows.includes(name));
}

/** Files that docs/architecture.md names and that do not exist. */
export function missingFiles(): string[] {
  const named = pageOf("docs/architecture.md").matchAll(/`([\w/.-]+\.ts)`/g);
  const places = ["src", "."];
  return [...named]
    .map(([, path = ""]) => path)
    .filter((path) => !places.some((place) => existsSync(join(root, place, path))));
}
