/** The sources as the rules see them: parsed once, with their imports, exports and lines of code. */
import { posix } from "node:path";
import { type Comment, parseSync, type StaticExportEntry } from "oxc-parser";

/** A node of the syntax tree. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface Import {
  readonly specifier: string;
  /** The file under src that a relative specifier stands for. */
  readonly target: string | undefined;
  /** `type` vanishes when it is compiled; `dynamic` is `import()`. */
  readonly kind: "value" | "type" | "dynamic";
  readonly line: number;
}

export interface Source {
  /** Relative to src, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly body: readonly Node[];
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  readonly exports: readonly StaticExportEntry[];
  /** The 1-based line of an offset. */
  line(offset: number): number;
  /** Lines between two offsets that hold anything but blanks and comments. */
  codeLines(start?: number, end?: number): number;
}

export interface Tree {
  readonly sources: ReadonlyMap<string, Source>;
  /** The sources behind the public subpaths, such as `server/index.ts`. */
  readonly entries: readonly string[];
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type Rule = (tree: Tree) => Violation[];

/** Parses files, given as path under src to text. A file that is no TypeScript is the caller's mistake. */
export function readTree(files: ReadonlyMap<string, string>, entries: readonly string[]): Tree {
  const sources = new Map([...files].map(([path, text]) => [path, readSource(path, text)]));
  return { sources, entries };
}

function readSource(path: string, text: string): Source {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const body = program.body as unknown as readonly Node[];
  const starts = lineStarts(text);
  const line = (offset: number): number => {
    const next = starts.findIndex((start) => start > offset);
    return next === -1 ? starts.length : next;
  };
  const bare = blankComments(text, comments);
  const target = (specifier: string): string | undefined =>
    specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
  const imports = findImports(module, body).map(({ specifier, kind, start }) => {
    return { specifier, kind, target: target(specifier), line: line(start) };
  });
  return {
    path,
    text,
    body,
    comments,
    imports,
    exports: module.staticExports.flatMap((statement) => statement.entries),
    line,
    codeLines: (start = 0, end = text.length) =>
      bare
        .slice(start, end)
        .split("\n")
        .filter((one) => one.trim() !== "").length,
  };
}

function findImports(
  module: ReturnType<typeof parseSync>["module"],
  body: readonly Node[],
): { specifier: string; kind: Import["kind"]; start: number }[] {
  const found: { specifier: string; kind: Import["kind"]; start: number }[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const onlyTypes = entries.length > 0 && entries.every((entry) => entry.isType);
    found.push({ specifier: moduleRequest.value, kind: onlyTypes ? "type" : "value", start: moduleRequest.start });
  }
  for (const node of body) {
    if (node.type !== "ExportNamedDeclaration" && node.type !== "ExportAllDeclaration") continue;
    const source = node["source"] as Node | null;
    if (source === null) continue;
    const specifiers = (node["specifiers"] ?? []) as readonly Node[];
    const everyType = specifiers.length > 0 && specifiers.every((one) => one["exportKind"] === "type");
    const kind = node["exportKind"] === "type" || everyType ? "type" : "value";
    found.push({ specifier: String(source["value"]), kind, start: source.start });
  }
  walk(body, (node) => {
    if (node.type !== "ImportExpression" && node.type !== "TSImportType") return;
    const source = node["source"] as Node;
    if (source.type !== "Literal") return;
    const kind = node.type === "TSImportType" ? "type" : "dynamic";
    found.push({ specifier: String(source["value"]), kind, start: source.start });
  });
  return found;
}

/** Visits every node below a value of the syntax tree, parents first. */
export function walk(value: unknown, visit: (node: Node) => void): void {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (Array.isArray(next)) waiting.push(...next.toReversed());
    else if (isNode(next)) {
      visit(next);
      waiting.push(...Object.values(next).toReversed());
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The text with every comment replaced by blanks of the same length and the same lines. */
function blankComments(text: string, comments: readonly Comment[]): string {
  let result = "";
  let at = 0;
  for (const { start, end } of comments) {
    result += text.slice(at, start) + text.slice(start, end).replace(/[^\n]/g, " ");
    at = end;
  }
  return result + text.slice(at);
}
