/** Rules on what stands in a file: revisions, names, docstrings, and index files that only re-export. */
import { mayNameRevisions } from "./places.ts";
import { type Node, type Rule, type Source, type Tree, type Violation, walk } from "./sources.ts";

/** A date as a revision has it, alone in a string, or a revision that exists within one. */
const revision = /^\d{4}-\d{2}-\d{2}$|2024-11-05|2025-03-26|2025-06-18|2025-11-25|2026-07-28/;

/** A revision is written where revisions are known, and nowhere else. */
export const revisionsHaveTheirFiles: Rule = (tree) =>
  [...tree.sources.values()]
    .filter((source) => !mayNameRevisions(source.path))
    .flatMap((source) => {
      const found: Violation[] = [];
      walk(source.body, (node) => {
        const text = literalText(node);
        if (text === undefined || !revision.test(text)) return;
        const message = `writes the revision in ${JSON.stringify(text)}: ask protocol/revisions.ts or protocol/methods/methods.ts`;
        found.push({ path: source.path, line: source.line(node.start), message });
      });
      return found;
    });

function literalText(node: Node): string | undefined {
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node.type === "TemplateElement") return (node["value"] as { raw: string }).raw;
  return undefined;
}

/** An index is a door and no room. */
export const indexFilesOnlyReExport: Rule = (tree) =>
  [...tree.sources.values()]
    .filter(({ path }) => path === "index.ts" || path.endsWith("/index.ts"))
    .flatMap((source) =>
      source.body
        .filter((node) => !(node.type.startsWith("Export") && node["source"] != null))
        .map((node) => ({
          path: source.path,
          line: source.line(node.start),
          message: "an index file only re-exports: move this to a file of its own",
        })),
    );

/** Words that say nothing of a subject. */
const banned = /^(utils?|helpers?|managers?|impls?)$/i;

/** Names of files and exports say their subject. */
export const namesSayTheirSubject: Rule = (tree) =>
  [...tree.sources.values()].flatMap((source) => {
    const found: Violation[] = [];
    const inPath = bannedWord(source.path);
    if (inPath !== undefined) found.push({ path: source.path, line: 1, message: `has "${inPath}" in its name` });
    for (const entry of source.exports) {
      const name = entry.exportName.name ?? entry.localName.name;
      const word = name == null ? undefined : bannedWord(name);
      if (word === undefined) continue;
      found.push({
        path: source.path,
        line: source.line(entry.start),
        message: `exports ${name}: "${word}" says nothing`,
      });
    }
    return found;
  });

function bannedWord(name: string): string | undefined {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").split(/[^A-Za-z0-9]+/);
  return words.find((word) => banned.test(word));
}

/** What a user can import has a docstring. */
export const publicExportsHaveDocstrings: Rule = (tree) => {
  const found = new Map<string, Violation>();
  for (const entry of tree.entries) {
    for (const { source, name, start } of publicDeclarations(tree, entry, new Set())) {
      const violation = { path: source.path, line: source.line(start), message: `exports ${name} without a docstring` };
      found.set(`${source.path} ${name}`, violation);
    }
  }
  return [...found.values()];
};

/** Declarations without docstring that a file exports, its own and those of the files it re-exports. */
function publicDeclarations(
  tree: Tree,
  path: string,
  seen: Set<string>,
): { source: Source; name: string; start: number }[] {
  const source = tree.sources.get(path);
  if (source === undefined || seen.has(path)) return [];
  seen.add(path);
  return source.exports.flatMap((entry) => {
    if (entry.moduleRequest !== null) {
      const specifier = entry.moduleRequest.value;
      const target = source.imports.find((one) => one.specifier === specifier)?.target;
      if (target === undefined) return [];
      const wanted = entry.importName.name;
      if (wanted === null) return publicDeclarations(tree, target, seen);
      const name = entry.exportName.name ?? wanted;
      return publicDeclarations(tree, target, new Set())
        .filter((one) => one.name === wanted)
        .map((one) => ({ ...one, name }));
    }
    const name = entry.exportName.name ?? "default";
    const declarations = declarationsOf(source, entry.localName.name);
    if (declarations.some((node) => hasDocstring(source, node))) return [];
    return [{ source, name, start: declarations[0]?.start ?? entry.start }];
  });
}

/** Top-level statements that declare a name; with `null`, the default export. */
function declarationsOf(source: Source, name: string | null): Node[] {
  return source.body.filter((node) => {
    if (name === null) return node.type === "ExportDefaultDeclaration";
    const declaration = (node["declaration"] ?? node) as Node;
    const declared =
      declaration.type === "VariableDeclaration" ? (declaration["declarations"] as Node[]) : [declaration];
    return declared.some((one) => (one["id"] as { name?: string } | null | undefined)?.name === name);
  });
}

function hasDocstring(source: Source, node: Node): boolean {
  return source.comments.some(
    (comment) =>
      comment.type === "Block" &&
      comment.value.startsWith("*") &&
      comment.end <= node.start &&
      source.text.slice(comment.end, node.start).trim() === "",
  );
}
