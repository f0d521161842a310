// What the package consists of, read from package.json: one bundle per folder of src. A path such as
// `./dist/server/index.js` in `exports`, `imports` or `bin` stands for the source `server/index.ts`.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Outputs that stand for several folders, since each file that is loaded costs about half a millisecond: what every
 * subpath loads, and what is loaded as soon as messages travel.
 */
export const joint = new Map([
  [
    "core.js",
    [
      "errors.ts",
      "auth-error.ts",
      "json.ts",
      "limits.ts",
      "jsonrpc/index.ts",
      "jsonrpc/pipes/index.ts",
      "schema/index.ts",
      "protocol/index.ts",
    ],
  ],
  ["wire.js", ["jsonrpc/wire/index.ts", "jsonrpc/channels/index.ts", "protocol/methods/index.ts"]],
]);

/** Parts of folders that are loaded later and on which further parts build. */
export const foundations = ["serving/index.ts", "posting.ts", "transport.ts"];

/** Folders and files that several subpaths share and that are no subpath themselves. */
const shared = [...[...joint.values()].flat(), "schema/validator/index.ts", "stores/index.ts"];

export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Every `.js` file under dist that a value of package.json names, whatever its conditions. */
function targets(value) {
  if (typeof value === "string") return value.startsWith("./dist/") && value.endsWith(".js") ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(targets);
}

/** `./dist/server/index.js` -> `server/index.ts` */
const sourceOf = (target) => target.slice("./dist/".length).replace(/\.js$/, ".ts");

/** The file that stands for a value of package.json when the conditions are those of `node`, or of no platform. */
function choose(value, conditions) {
  if (typeof value !== "object" || value === null) return value;
  for (const [condition, inner] of Object.entries(value)) {
    if (conditions.includes(condition)) return choose(inner, conditions);
  }
  return undefined;
}

const exists = (source) => existsSync(join(root, "src", source));

/** The public subpaths: `{ name: "mcplex/server", source: "server/index.ts", exists }` */
export const subpaths = Object.entries(manifest.exports)
  .filter(([, value]) => targets(value).length > 0)
  .map(([key, value]) => {
    const source = sourceOf(choose(value, ["default"]));
    return { name: manifest.name + key.slice(1), source, exists: exists(source) };
  });

/** What a private name such as `#sender` stands for: `{ name, source }` under the given conditions. */
export function privateNames(conditions) {
  return Object.entries(manifest.imports ?? {}).map(([name, value]) => ({
    name,
    source: sourceOf(choose(value, conditions)),
  }));
}

const named = [...new Set([manifest.exports, manifest.imports, manifest.bin].flatMap(targets).map(sourceOf))];

/** Sources that get an output file of their own, and are external to every other output. */
export const entries = [...new Set([...named, ...shared])].filter(exists);

/** Sources that package.json names and that do not exist. */
export const missing = named.filter((source) => !exists(source));
