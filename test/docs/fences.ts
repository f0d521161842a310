/**
 * A program in the documentation. Its info string says what becomes of it:
 *
 * - `ts`: its types are checked.
 * - `ts run`: it is run as well, and has to end by itself with exit code 0. A `text output` fence right after it is what it prints.
 * - `ts weather.js`, `ts run weather.js`: its JavaScript stands under that name where the programs of the page run.
 */
export interface Fence {
  /** The page, relative to the root: `docs/servers.md`. */
  readonly page: string;
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
  readonly run: boolean;
  readonly name: string | undefined;
  readonly output: string | undefined;
}

/** The programs of one page. @throws Error for a fence that is not closed, or an info string that says nothing. */
export function readFences(page: string, markdown: string): Fence[] {
  const blocks = blocksOf(page, markdown);
  return blocks.flatMap(({ info, line, code }, index) => {
    const [language, ...words] = info.split(" ");
    if (language !== "ts") return [];
    const run = words[0] === "run";
    const [name, more] = run ? words.slice(1) : words;
    if (more !== undefined || (name !== undefined && !/^[\w-]+\.js$/.test(name))) {
      throw new Error(`${page}:${line - 1} The info string "${info}" is none of those in CONTRIBUTING.md`);
    }
    const next = blocks[index + 1];
    return [{ page, line, code, run, name, output: next?.info === "text output" ? next.code : undefined }];
  });
}

interface Block {
  readonly info: string;
  readonly line: number;
  readonly code: string;
}

function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    if (!line.startsWith("```")) open?.lines.push(line);
    else if (open === undefined) open = { info: line.slice(3).trim(), line: index + 2, lines: [] };
    else {
      blocks.push({ info: open.info, line: open.line, code: `${open.lines.join("\n")}\n` });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line - 1} This fence is never closed`);
  return blocks;
}
