/** Rules on who imports whom. */
import { builtinModules } from "node:module";
import { choosesEra, eraOf, lazyFiles, mayUseNode, packages, placeOf, refusal } from "./places.ts";
import type { Import, Rule, Source, Tree, Violation } from "./sources.ts";

/** Applies a check to every import of the tree. */
function eachImport(check: (one: Import, source: Source, tree: Tree) => string | undefined): Rule {
  return (tree) =>
    [...tree.sources.values()].flatMap((source) =>
      source.imports.flatMap((one): Violation[] => {
        const message = check(one, source, tree);
        return message === undefined ? [] : [{ path: source.path, line: one.line, message }];
      }),
    );
}

/** Every file stands in a layer. */
export const everyFileHasALayer: Rule = (tree) =>
  [...tree.sources.keys()]
    .filter((path) => placeOf(path) === undefined)
    .map((path) => ({ path, line: 1, message: "stands in no layer: add its folder to test/layers/places.ts" }));

/** Imports go to lower layers only. */
export const layersPointDown: Rule = eachImport(({ target }, { path }, { entries }) => {
  if (target === undefined) return undefined;
  const [from, to] = [placeOf(path), placeOf(target)];
  if (from === undefined || to === undefined) return undefined;
  return refusal(from, to, entries.includes(target));
});

/** Across folders, the other folder's index is the door; for types and for what is loaded later, that of a folder within it is one too. */
export const foldersHaveOneDoor: Rule = eachImport(({ target, specifier, kind }, { path }) => {
  if (specifier === "mcplex" || specifier.startsWith("mcplex/")) return `imports ${specifier}: import it by its path`;
  if (target === undefined) return undefined;
  const [from, to] = [placeOf(path), placeOf(target)];
  if (from === to || folderOf(path) === folderOf(target)) return undefined;
  const doors = to === "." ? ["index.ts"] : [`${to}.ts`, `${to}/index.ts`];
  if (kind !== "value" && target.endsWith("/index.ts")) return undefined;
  return doors.includes(target) ? undefined : `imports ${target}: import ${doors.at(-1)}`;
});

/** `node:` modules stay where Node is certain. */
export const nodeStaysInItsPlaces: Rule = eachImport(({ specifier, target }, { path }) => {
  if (mayUseNode(path)) return undefined;
  const name = specifier.replace(/^node:/, "").split("/")[0] ?? "";
  if (specifier.startsWith("node:") || builtinModules.includes(name)) {
    return `imports ${specifier}: node: belongs in */stdio*, node/, express/, fastify/, cli/ and *-node.ts`;
  }
  if (target?.endsWith("-node.ts"))
    return `imports ${target}: reach it through a condition of "imports" in package.json`;
  return undefined;
});

/** A package is imported only by the part that needs it. */
export const packagesStayInTheirPlaces: Rule = eachImport(({ specifier, kind, target }, { path }) => {
  if (target !== undefined || specifier.startsWith("#") || specifier.startsWith("node:")) return undefined;
  const parts = specifier.split("/");
  const name = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (builtinModules.includes(name) || name === "mcplex") return undefined;
  const known = packages.get(name);
  if (known === undefined) return `imports ${name}: no part of src may`;
  if (!known.places.some((place) => path.startsWith(place))) {
    return `imports ${name}: only ${known.places.join(" and ")} may`;
  }
  if (known.only === "type" && kind !== "type") return `imports ${name}: only its types may be imported`;
  if (known.only === "dynamic" && kind === "value") return `imports ${name}: load it with import() when it is needed`;
  return undefined;
});

/** What is heavy is loaded when it is needed. */
export const lazyFilesAreLazy: Rule = eachImport(({ target, kind }) =>
  target !== undefined && lazyFiles.includes(target) && kind === "value"
    ? `imports ${target}: load it with import() when it is needed`
    : undefined,
);

/** A file that translates for one era is known to the file that chooses the era, and to its own kind. */
export const erasAreChosenOnce: Rule = eachImport(({ target }, { path }) => {
  if (target === undefined) return undefined;
  const era = eraOf(target);
  if (era === undefined || choosesEra(path) || eraOf(path) === era) return undefined;
  return `imports ${target}: only the file that chooses the era may`;
});

/** No file reaches itself through its imports. What is imported with import() is loaded later and may look back. */
export const importsHaveNoCycle: Rule = (tree) => {
  const edges = (path: string): Import[] =>
    (tree.sources.get(path)?.imports ?? []).filter((one) => one.kind !== "dynamic" && one.target !== undefined);
  const reported = new Set<string>();
  return [...tree.sources.keys()].toSorted().flatMap((start): Violation[] => {
    const cycle = shortestCycle(start, edges);
    if (cycle === undefined || cycle.some((path) => reported.has(path))) return [];
    for (const path of cycle) reported.add(path);
    const line = edges(start).find((one) => one.target === (cycle[1] ?? start))?.line ?? 1;
    return [{ path: start, line, message: `is part of an import cycle: ${[...cycle, start].join(" -> ")}` }];
  });
};

function shortestCycle(start: string, edges: (path: string) => Import[]): string[] | undefined {
  const waiting: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = waiting.shift(); way !== undefined; way = waiting.shift()) {
    for (const { target } of edges(way.at(-1) ?? start)) {
      if (target === start) return way;
      if (target === undefined || seen.has(target)) continue;
      seen.add(target);
      waiting.push([...way, target]);
    }
  }
  return undefined;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
