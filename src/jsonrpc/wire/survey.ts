import { limits } from "../../limits.ts";
import { decodeUtf8 } from "../index.ts";

/** What a walk over a text tells without looking at any value. */
export interface Survey {
  /** How deep it nests. */
  readonly deepest: number;
  /** Whether a member may stand twice in the envelope or directly in `params`; {@link duplicateMember} knows. */
  readonly suspicious: boolean;
}

/** A string that is longer is searched for its end, which is slower to begin with and faster from then on. */
const WALKED = 48;

/** What is longer is walked each time, and of many that differ only some are remembered. */
const REMEMBERED = { length: 1024, others: 16 };

/** How a text opens, up to the arguments of a call, and what is seen there. */
interface Opening {
  /** Up to the number that is the id; all of it where no such id comes before the arguments. */
  readonly head: string;
  /** From behind the id on. */
  readonly middle: string;
  readonly envelope: number;
  readonly inner: number;
  readonly deepest: number;
}

/** How the text opened that was walked last: the calls of a client open alike. */
let opening: Opening = { head: "", middle: "", envelope: 0, inner: 0, deepest: 0 };
/** The `_meta` that was walked last. Clients of stateless revisions send the same one with each request. */
let known = "";
/** How deep it nests, counted from the outermost brace. */
let knownDepth = 0;
/** How many others came in a row. */
const others = { opening: 0, known: 0 };

/**
 * Walks the UTF-8 of JSON text once, without making anything: each message passes here. Of names it sees the length and
 * the ends; names that look alike are suspicious, and so are long ones and those with a backslash. Text that is no JSON
 * gets some answer. Where `text` has a character for each byte it is compared with what was walked before.
 */
export function survey(bytes: Uint8Array, from: number, to: number, text: string): Survey {
  const isComparable = text.length === to - from;
  const opened = isComparable ? openedAlike(bytes, from, text) : 0;
  let at = from + opened;
  let depth = 0;
  let [deepest, envelope, inner] = [0, 0, 0];
  if (opened > 0) {
    depth = 2;
    ({ deepest, envelope, inner } = opening);
  }
  let inParams = opened > 0;
  let suspicious = false;
  let [nameAt, nameEnd, idAt] = [0, 0, 0];
  while (at < to) {
    const code = bytes[at++] as number;
    if (code === QUOTE) {
      nameAt = at;
      at = afterString(bytes, at, to);
      if (at < 0) {
        at = ~at;
        suspicious = true;
      }
      nameEnd = at - 1;
    } else if (code === COLON) {
      const length = nameEnd - nameAt;
      const first = bytes[nameAt] as number;
      // No two names that any message of the protocol has side by side share a bit.
      const bit = 1 << (length + first + 8 * (bytes[nameEnd - 1] as number));
      if (depth === 1) {
        if ((envelope & bit) !== 0) suspicious = true;
        envelope |= bit;
        inParams = length === 6 && first === LETTER_P;
        if (length === 2 && first === LETTER_I) idAt = at;
      } else if (depth === 2 && inParams) {
        if ((inner & bit) !== 0) suspicious = true;
        inner |= bit;
        if (!isComparable) continue;
        if (length === 5 && first === UNDERSCORE && bytes[at] === OPEN_BRACE) {
          const meta = metaAt(bytes, from, at, to, text);
          at = meta.end;
          if (meta.deepest > deepest) deepest = meta.deepest;
        } else if (length === 9 && first === LETTER_A && opened === 0 && !suspicious) {
          remember(bytes, from, text, idAt, at, { deepest, envelope, inner });
        }
      }
    } else if (code >= OPEN_BRACKET) {
      // Braces are brackets with one bit more.
      const bracket = code | 32;
      if (bracket === OPEN_BRACE && depth < 2) {
        if (++depth > deepest) deepest = depth;
      } else if (bracket === OPEN_BRACE) {
        const within = walkWithin(bytes, at, to, depth + 1);
        at = within.end;
        if (within.deepest > deepest) deepest = within.deepest;
      } else if (bracket === CLOSE_BRACE) depth--;
    }
  }
  return { deepest, suspicious };
}

/** Where a value ends, and what a walk over it tells. */
interface Walked {
  readonly end: number;
  readonly deepest: number;
  /** Whether all that it opens is closed. */
  readonly isWhole: boolean;
}

/** How a value ends whose opening brace or bracket stands before `from`, at that depth; there no name matters. */
function walkWithin(bytes: Uint8Array, from: number, to: number, outermost: number): Walked {
  let depth = outermost;
  let deepest = outermost;
  let at = from;
  while (at < to && depth >= outermost) {
    const code = bytes[at++] as number;
    if (code === QUOTE) {
      const walked = at + WALKED;
      let inside = bytes[at++];
      while (inside !== QUOTE && at < walked) {
        if (inside === BACKSLASH) at++;
        inside = bytes[at++];
      }
      if (inside !== QUOTE) at = byteStringEnd(bytes, at, to) + 1;
    } else if (code >= OPEN_BRACKET) {
      const bracket = code | 32;
      if (bracket === CLOSE_BRACE) depth--;
      else if (bracket === OPEN_BRACE && ++depth > deepest) deepest = depth;
    }
  }
  return { end: at, deepest, isWhole: depth < outermost };
}

/** How much of a text opens like the one before: up to the arguments of a call, or nothing. */
function openedAlike(bytes: Uint8Array, from: number, text: string): number {
  const { head, middle } = opening;
  if (head === "" || text.slice(0, head.length) !== head) return 0;
  if (middle === "") return head.length;
  const end = afterDigits(bytes, from + head.length) - from;
  return end > head.length && text.slice(end, end + middle.length) === middle ? end + middle.length : 0;
}

/** Remembers how a text opens, whose arguments begin at a place, and whose id does at another one. */
function remember(
  bytes: Uint8Array,
  from: number,
  text: string,
  idAt: number,
  to: number,
  seen: Pick<Opening, "deepest" | "envelope" | "inner">,
): void {
  if (to - from > REMEMBERED.length || others.opening++ % REMEMBERED.others !== 0) return;
  const behind = idAt === 0 ? to : afterDigits(bytes, idAt);
  // An id that is no number is not alike in any two texts.
  if (behind === idAt) return;
  const head = copyOf(text.slice(0, (idAt === 0 ? to : idAt) - from));
  opening = { head, middle: copyOf(text.slice(behind - from, to - from)), ...seen };
}

/** The end of a `_meta` that begins at a place, and how deep it nests. */
function metaAt(bytes: Uint8Array, from: number, at: number, to: number, text: string): Walked {
  if (known !== "" && text.slice(at - from, at - from + known.length) === known) {
    return { end: at + known.length, deepest: knownDepth, isWhole: true };
  }
  const walked = walkWithin(bytes, at + 1, to, 3);
  const { end, deepest, isWhole } = walked;
  // What is remembered must leave the walk where a walk over it would.
  if (isWhole && end <= to && end - at <= REMEMBERED.length && others.known++ % REMEMBERED.others === 0) {
    known = copyOf(text.slice(at - from, end - from));
    knownDepth = deepest;
  }
  return walked;
}

/** A text that does not keep the longer one in memory of which it is a piece. */
function copyOf(piece: string): string {
  return decodeUtf8(encoder.encode(piece)) ?? "";
}

const encoder: TextEncoder = new TextEncoder();

function afterDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
  return at;
}

/** The place behind a string that starts at `from`; its complement for a string that is long or has a backslash. */
function afterString(bytes: Uint8Array, from: number, to: number): number {
  const walked = Math.min(to, from + WALKED);
  for (let at = from; at < walked; at++) {
    const code = bytes[at];
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) break;
  }
  return ~(byteStringEnd(bytes, from, to) + 1);
}

/** The place of the quote that ends a string which starts at `from`. */
function byteStringEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let end = bytes.indexOf(QUOTE, from); end >= 0 && end < to; end = bytes.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return to;
}

/** The text with a null in place of each value that nests too deep. One that does not end takes the rest along. */
export function cut(text: string): string {
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

/**
 * A member that stands twice in the envelope or directly in `params` of valid JSON text. `JSON.parse` keeps the last of
 * two members with one name, other parsers the first: a gateway and a server could then act on two different requests.
 * Names are read here and not off the parsed object, since not every engine keeps members apart whose names are written
 * with escapes.
 */
export function duplicateMember(text: string): string | undefined {
  const envelope = new Set<string>();
  const inner = new Set<string>();
  let depth = 0;
  let nameAt = 0;
  let inParams = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      nameAt = at;
      at = stringEnd(text, at + 1);
    } else if (code === COLON) {
      const names = depth === 1 ? envelope : depth === 2 && inParams ? inner : undefined;
      if (names === undefined) continue;
      const name = readString(text, nameAt);
      if (depth === 1) inParams = name === "params";
      if (names.has(name)) return name;
      names.add(name);
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return undefined;
}

function readString(text: string, at: number): string {
  const written = text.slice(at + 1, stringEnd(text, at + 1));
  return written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written;
}

function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

const QUOTE = 34;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const UNDERSCORE = 95;
const LETTER_A = 97;
const LETTER_I = 105;
const LETTER_P = 112;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
