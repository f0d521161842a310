import { ParseError } from "../errors.ts";
import { limits } from "../limits.ts";
import { Malformed, type Message, refuse, toMessage } from "./message.ts";

/** Above this length, what nests too deep is cut out before it is parsed: a megabyte of brackets takes half a second. */
const LONG = 65_536;

/** Reads one message from its JSON text; says why where it is none. */
export function parse(text: string): Message | Malformed {
  const shallow = text.length > LONG ? cut(text) : text;
  let value: unknown;
  try {
    value = JSON.parse(shallow);
  } catch {
    return new Malformed(new ParseError("The text is no JSON"));
  }
  if (shallow !== text) return tooDeep(value);
  const { deepest, twice } = survey(text);
  if (deepest > limits.depth) return tooDeep(value);
  const message = toMessage(value);
  if (twice === undefined || message instanceof Malformed) return message;
  // An id that stands twice is none.
  const { id: _, ...rest } = value as Record<string, unknown>;
  return refuse(twice === "id" ? rest : value, `The message has the member "${twice}" more than once`);
}

function tooDeep(value: unknown): Malformed {
  return refuse(value, `The message nests deeper than ${limits.depth}`, { limit: "depth" });
}

/** The text with a null in place of each value that nests too deep. One that does not end takes the rest along. */
function cut(text: string): string {
  let kept = "";
  let from = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at + 1);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth === limits.depth + 1) kept += `${text.slice(from, at)}null`;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth-- === limits.depth + 1) from = at + 1;
    }
  }
  if (depth > limits.depth) return kept;
  return kept === "" ? text : kept + text.slice(from);
}

/** What a walk over a text tells without looking at any value. */
interface Survey {
  /** How deep it nests. */
  readonly deepest: number;
  /** A member that stands twice in the envelope or directly in `params`. */
  readonly twice: string | undefined;
}

/**
 * Walks valid JSON text once, from string to string. `JSON.parse` keeps the last of two members with one name, other
 * parsers the first: a gateway and a server could then act on two different requests. Names are read here and not off
 * the parsed object, since not every engine keeps members apart whose names are written with escapes.
 */
function survey(text: string): Survey {
  const envelope = new Set<string>();
  const inner = new Set<string>();
  let twice: string | undefined;
  let deepest = 0;
  let depth = 0;
  let nameAt = 0;
  let inParams = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      if (depth <= 2) nameAt = at;
      at = stringEnd(text, at + 1);
    } else if (code === COLON) {
      const names = depth === 1 ? envelope : depth === 2 && inParams ? inner : undefined;
      if (names === undefined) continue;
      const name = readString(text, nameAt);
      if (depth === 1) inParams = name === "params";
      if (names.has(name)) twice ??= name;
      names.add(name);
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return { deepest, twice };
}

function readString(text: string, at: number): string {
  const written = text.slice(at + 1, stringEnd(text, at + 1));
  return written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COLON = 58;

/** The place of the quote that ends a string which starts at `from`. */
function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
