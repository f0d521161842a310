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

/** The `_meta` that was walked last. Clients of stateless revisions send the same one with each request. */
let known = "";
/** How deep it nests, counted from the outermost brace. */
let knownDepth = 0;
/** How many others came in a row. */
let others = 0;
/** One that is longer is walked each time, and of many that differ only some are remembered. */
const KNOWN = { length: 1024, others: 16 };

/**
 * Walks the UTF-8 of JSON text once, without making anything: each message passes here. Of names it sees the length and
 * the ends; names that look alike are suspicious, and so are long ones and those with a backslash. Text that is no JSON
 * gets some answer. Where `text` has a character for each byte it is compared with what was walked before.
 */
export function survey(bytes: Uint8Array, from: number, to: number, text: string): Survey {
  let metaAt = 0;
  let above = 0;
  let deepest = 0;
  let depth = 0;
  let nameAt = 0;
  let nameEnd = 0;
  let envelope = 0;
  let inner = 0;
  let inParams = false;
  let suspicious = false;
  for (let at = from; at < to; ) {
    const code = bytes[at++] as number;
    if (code === QUOTE) {
      nameAt = at;
      at = afterString(bytes, at, to);
      if (at < 0) {
        at = ~at;
        suspicious ||= depth <= 2;
      }
      nameEnd = at - 1;
    } else if (code >= OPEN_BRACKET) {
      // Braces are brackets with one bit more.
      if ((code | 32) === OPEN_BRACE) {
        if (++depth > deepest) deepest = depth;
      } else if ((code | 32) === CLOSE_BRACE && --depth === 2 && metaAt > 0) {
        if (at - metaAt <= KNOWN.length && others++ % KNOWN.others === 0) {
          known = decodeUtf8(bytes.subarray(metaAt, at)) ?? "";
          knownDepth = deepest;
        }
        if (above > deepest) deepest = above;
        metaAt = 0;
      }
    } else if (code === COLON && depth <= 2) {
      const length = nameEnd - nameAt;
      const first = bytes[nameAt] as number;
      // No two names that any message of the protocol has side by side share a bit.
      const bit = 1 << (length + first + 8 * (bytes[nameEnd - 1] as number));
      if (depth === 1) {
        if ((envelope & bit) !== 0) suspicious = true;
        envelope |= bit;
        inParams = length === 6 && first === LETTER_P;
      } else if (inParams) {
        if ((inner & bit) !== 0) suspicious = true;
        inner |= bit;
        if (length === 5 && first === UNDERSCORE && text.length === to - from && bytes[at] === OPEN_BRACE) {
          const start = at - from;
          if (known !== "" && text.slice(start, start + known.length) === known) {
            others = 0;
            at += known.length;
            if (knownDepth > deepest) deepest = knownDepth;
          } else {
            metaAt = at;
            above = deepest;
            deepest = 0;
          }
        }
      }
    }
  }
  return { deepest: Math.max(deepest, above), suspicious };
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
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const UNDERSCORE = 95;
const LETTER_P = 112;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
