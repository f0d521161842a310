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
  const { deepest, members, paramsMembers, ids } = survey(text);
  if (deepest > limits.depth) return refuse(value, `The message nests deeper than ${limits.depth}`, { limit: "depth" });
  const message = toMessage(value);
  if (message instanceof Malformed) return message;
  const { params } = value as { params?: unknown };
  if (members === count(value) && paramsMembers === count(isObject(params) ? params : NONE)) return message;
  // An id that stands twice is none.
  const { id: _, ...rest } = value as Record<string, unknown>;
  return refuse(ids > 1 ? rest : value, "The message has a member more than once");
}

const NONE: object = Object.freeze({});

function count(object: unknown): number {
  let members = 0;
  for (const _ in object as object) members++;
  return members;
}

/** What a walk over a text tells without looking at any value. */
interface Survey {
  /** How deep it nests. */
  readonly deepest: number;
  /** How often a member stands in the envelope, and directly in `params`. */
  readonly members: number;
  readonly paramsMembers: number;
  /** How often the `id` stands in the envelope. */
  readonly ids: number;
}

/**
 * Walks valid JSON text once, from string to string. `JSON.parse` keeps the last of two members with one name, other
 * parsers the first: a gateway and a server could then act on two different requests. So members are counted, and a
 * count above that of the parsed object gives the second one away.
 */
function survey(text: string): Survey {
  let deepest = 0;
  let depth = 0;
  let members = 0;
  let paramsMembers = 0;
  let ids = 0;
  let nameAt = 0;
  let inParams = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      if (depth === 1) nameAt = at;
      at = stringEnd(text, at + 1);
    } else if (code === COLON) {
      if (depth === 1) {
        members++;
        inParams = isNamed(text, nameAt, "params");
        if (isNamed(text, nameAt, "id")) ids++;
      } else if (depth === 2 && inParams) paramsMembers++;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return { deepest, members, paramsMembers, ids };
}

/** Whether the string that starts here is this name, with or without escapes. */
function isNamed(text: string, at: number, name: string): boolean {
  const end = at + name.length + 1;
  if (text.charCodeAt(end) === QUOTE && text.startsWith(name, at + 1)) return true;
  const written = text.slice(at, stringEnd(text, at + 1) + 1);
  return written.includes("\\") && JSON.parse(written) === name;
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
