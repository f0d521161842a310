import { ParseError } from "../errors.ts";
import { limits } from "../limits.ts";
import { isObject, Malformed, type Message, refuse, toMessage } from "./message.ts";

/** Reads one message from its JSON text; says why where it is none. */
export function parse(text: string): Message | Malformed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Malformed(new ParseError("The text is no JSON"));
  }
  if (nestsDeep(text) && !isShallow(value, limits.depth)) {
    return refuse(value, `The message nests deeper than ${limits.depth}`, { limit: "depth" });
  }
  const message = toMessage(value);
  if (message instanceof Malformed) return message;
  const twice = duplicateMember(text, value as Record<string, unknown>);
  if (twice === undefined) return message;
  // An id that stands twice is none.
  const { id: _, ...rest } = value as Record<string, unknown>;
  return refuse(twice === "id" ? rest : value, `The message has the member "${twice}" more than once`);
}

/** Whether a text has enough brackets to nest too deep: most have not, and need no walk. */
function nestsDeep(text: string): boolean {
  if (text.length < 2 * limits.depth) return false;
  let openers = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++openers > limits.depth) return true;
    }
  }
  return false;
}

/** Whether a value nests at most `depth` levels. The recursion ends with the depth, however deep the value is. */
function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isShallow(item, depth - 1));
  for (const key in value) {
    if (!isShallow((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

/** Above this length a search for each name costs more than one walk over the text. */
const SEARCH_BELOW = 16_384;

/**
 * Finds a member that stands twice in the envelope or directly in `params`. `JSON.parse` keeps the last one, other
 * parsers the first: a gateway and a server could then act on two different requests.
 */
function duplicateMember(text: string, value: Record<string, unknown>): string | undefined {
  const { params } = value;
  const inner = isObject(params) ? params : undefined;
  if (text.length < SEARCH_BELOW && !text.includes("\\") && standOnce(text, value) && standOnce(text, inner)) {
    return undefined;
  }
  return scan(text);
}

function standOnce(text: string, members: Record<string, unknown> | undefined): boolean {
  for (const name in members) {
    const quoted = `"${name}"`;
    if (text.indexOf(quoted) !== text.lastIndexOf(quoted)) return false;
  }
  return true;
}

/** Walks valid JSON text; names are compared with their escapes resolved. */
function scan(text: string): string | undefined {
  const envelope = new Set<string>();
  const inner = new Set<string>();
  let depth = 0;
  let name: string | undefined;
  let inParams = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at + 1);
      const names = depth === 1 ? envelope : depth === 2 && inParams ? inner : undefined;
      if (names !== undefined && isName(text, end + 1)) {
        name = JSON.parse(text.slice(at, end + 1)) as string;
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
      if (depth === 2) inParams = code === OPEN_BRACE && name === "params";
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return undefined;
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

function isName(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === COLON;
}
