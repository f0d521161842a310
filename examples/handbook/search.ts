import { type Folder, FolderError } from "./folder.ts";

/** A page that has all the words of a query. */
export interface Match {
  readonly path: string;
  /** The line that has most of the words, counted from 1. */
  readonly line: number;
  readonly excerpt: string;
  /** Higher is better; it means something only beside the other matches. */
  readonly score: number;
}

/** What a search found. */
export interface Found {
  /** The best first. */
  readonly matches: readonly Match[];
  /** Pages that were read. */
  readonly searched: number;
  /** Pages that could not be read, and why. */
  readonly unreadable: readonly string[];
}

/** Told before each page how many were done, of how many, and which one is next. */
export type OnPage = (done: number, total: number, path: string) => void | Promise<void>;

/** A word in a heading says more of a page than one in its text. */
const HEADING_WEIGHT = 5;
const LONGEST_EXCERPT = 160;

/** Looks for the pages that have all words of a query, in any order and case. Stops early when the signal aborts. */
export async function search(folder: Folder, query: string, onPage: OnPage, signal: AbortSignal): Promise<Found> {
  const words = [...new Set(fold(query).split(/\s+/).filter(Boolean))];
  const paths = await folder.paths();
  const matches: Match[] = [];
  const unreadable: string[] = [];
  let searched = 0;
  for (const [done, path] of paths.entries()) {
    if (signal.aborted) break;
    await onPage(done, paths.length, path);
    try {
      const text = await folder.read(path);
      if (text === undefined) continue;
      searched += 1;
      const match = matchIn(path, text, words);
      if (match !== undefined) matches.push(match);
    } catch (error) {
      if (!(error instanceof FolderError)) throw error;
      unreadable.push(error.message);
    }
  }
  return { matches: matches.sort((one, other) => other.score - one.score), searched, unreadable };
}

function matchIn(path: string, text: string, words: readonly string[]): Match | undefined {
  const missing = new Set(words);
  let best = { line: 0, excerpt: "", here: 0 };
  let score = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const folded = fold(line);
    const here = words.filter((word) => folded.includes(word));
    if (here.length === 0) continue;
    for (const word of here) missing.delete(word);
    score += here.length * (line.startsWith("#") ? HEADING_WEIGHT : 1);
    if (here.length > best.here) best = { line: index + 1, excerpt: excerptOf(line), here: here.length };
  }
  if (missing.size > 0 || score === 0) return undefined;
  return { path, line: best.line, excerpt: best.excerpt, score };
}

function excerptOf(line: string): string {
  const text = line.trim();
  return text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT)}…` : text;
}

/** Text as it is compared: letters that look the same are the same. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
