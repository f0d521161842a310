/** Rules on the size of files, with all their lines, and of functions and the whole, without blank lines and comments. */
import { type Rule, type Violation, walk } from "./sources.ts";

const limit = { file: 300, function: 60, tree: 23_000 };

export const filesAreShort: Rule = (tree) =>
  [...tree.sources.values()].flatMap((source): Violation[] => {
    const lines = source.text.trimEnd().split("\n").length;
    if (lines <= limit.file) return [];
    return [{ path: source.path, line: 1, message: `has ${lines} lines, more than ${limit.file}` }];
  });

export const functionsAreShort: Rule = (tree) =>
  [...tree.sources.values()].flatMap((source) => {
    const found: Violation[] = [];
    walk(source.body, (node) => {
      if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return;
      const lines = source.codeLines(node.start, node.end);
      if (lines <= limit.function) return;
      const message = `a function of ${lines} lines of code, more than ${limit.function}`;
      found.push({ path: source.path, line: source.line(node.start), message });
    });
    return found;
  });

export const theWholeIsShort: Rule = (tree) => {
  const lines = [...tree.sources.values()].reduce((sum, source) => sum + source.codeLines(), 0);
  if (lines < limit.tree) return [];
  return [{ path: "index.ts", line: 1, message: `src has ${lines} lines of code, ${limit.tree} or more` }];
};
