import { limits } from "../limits.ts";
import { styles } from "./uri-template-expand.ts";
import { type Operator, type Parts, templateError, type VariableSpec } from "./uri-template-parse.ts";

/** What was found in a URI: a string for each variable, an array for an exploded one. */
export type MatchedVariables = Record<string, string | string[]>;

/** Finds the values in a URI; undefined when it does not fit. */
export type Match = (uri: string) => MatchedVariables | undefined;

/**
 * A stretch of the URI with one variable in it, or with a set of `name=value` pairs. Masks of characters have a bit for
 * each character from 32 to 63, where all that delimits is found.
 */
interface Span {
  /** The characters that end it. */
  stops: number;
  /** The characters that begin a set; none for a variable. */
  leads: number;
  /** Whether it may be absent: a set, or an unsafe variable. */
  readonly optional: boolean;
  /** What separates the items of a list or the pairs of a set; empty for a single value. */
  readonly separator: string;
  /** The variables by name; one, unless this is a set. */
  readonly variables: Map<string, Reading>;
}

/** How the value of one variable is read. */
interface Reading extends VariableSpec {
  readonly operator: Operator;
  readonly unsafe: boolean;
}

type Piece = string | Span;
type Found = Map<string, string | string[]>;

/** Variables, a set counting as one. A match passes over the URI at most four times for each. */
const VARIABLES = 64;

/** Prepares the matching of a template. Throws a `DefinitionError` when it could be read in too many ways. */
export function compileMatch(source: string, parts: Parts, unsafe: ReadonlySet<string>): Match {
  const pieces: Piece[] = [];
  const names = new Set<string>();
  for (const part of parts) {
    if (typeof part === "string") {
      addLiteral(pieces, part);
      continue;
    }
    for (const { name } of part.variables) {
      if (names.has(name)) throw templateError(source, `"${name}" stands in it twice, which cannot be matched`);
      names.add(name);
    }
    const readings = part.variables.map((spec) => ({
      ...spec,
      operator: part.operator,
      unsafe: unsafe.has(spec.name),
    }));
    if (isSet(part.operator)) addSet(pieces, part.operator, readings);
    else addVariables(source, pieces, part.operator, readings);
  }
  if (pieces.filter((piece) => typeof piece === "object").length > VARIABLES) {
    throw templateError(source, `it has more than ${VARIABLES} variables to match`);
  }
  stopAtLaterParts(pieces);
  return (uri) => matchPieces(pieces, uri);
}

function isSet(operator: Operator): boolean {
  return operator === "?" || operator === "&" || operator === ";";
}

function maskOf(characters: string): number {
  let mask = 0;
  for (let i = 0; i < characters.length; i++) mask |= 1 << (characters.charCodeAt(i) & 31);
  return mask;
}

function isIn(mask: number, uri: string, at: number): boolean {
  const code = uri.charCodeAt(at);
  return code >>> 5 === 1 && ((mask >>> (code & 31)) & 1) === 1;
}

function addLiteral(pieces: Piece[], text: string): void {
  const last = pieces.at(-1);
  if (typeof last === "string") pieces[pieces.length - 1] = last + text;
  else if (text !== "") pieces.push(text);
}

function addSet(pieces: Piece[], operator: Operator, readings: readonly Reading[]): void {
  const { separator } = styles[operator];
  let set = pieces.at(-1);
  if (typeof set !== "object" || set.leads === 0 || set.separator !== separator) {
    set = { stops: maskOf(operator === ";" ? "/?#" : "#"), leads: 0, optional: true, separator, variables: new Map() };
    pieces.push(set);
  }
  set.leads |= maskOf(operator);
  for (const reading of readings) set.variables.set(reading.name, reading);
}

function addVariables(source: string, pieces: Piece[], operator: Operator, readings: readonly Reading[]): void {
  const { first, separator, reserved } = styles[operator];
  for (const [index, reading] of readings.entries()) {
    addLiteral(pieces, index === 0 ? first : separator);
    const last = pieces.at(-1);
    const list = pieces.at(-2);
    const twoLists = reading.explode && last === separator && typeof list === "object" && list.separator === separator;
    if (typeof last === "object" || twoLists) {
      throw templateError(source, `nothing tells where "${reading.name}" begins, put a literal before it`);
    }
    let stops = reserved ? 0 : maskOf("/?#");
    if (reading.explode) stops &= ~maskOf(separator);
    else if (readings.length > 1) stops |= maskOf(separator);
    pieces.push({
      stops,
      leads: 0,
      optional: reading.unsafe,
      separator: reading.explode ? separator : "",
      variables: new Map([[reading.name, reading]]),
    });
  }
}

/** A set may be absent, so what stands before it must not swallow it: it ends where a later part can begin. */
function stopAtLaterParts(pieces: readonly Piece[]): void {
  let later = 0;
  for (const piece of pieces.toReversed()) {
    if (typeof piece === "string") {
      for (const mark of "?#") if (piece.includes(mark)) later |= maskOf(mark);
    } else {
      piece.stops |= piece.leads === 0 ? later : later & ~maskOf(piece.separator);
      later |= piece.leads;
    }
  }
}

function matchPieces(pieces: readonly Piece[], uri: string): MatchedVariables | undefined {
  if (uri.length > limits.uriLength) return undefined;
  const [first] = pieces;
  if (typeof first === "string" && !uri.startsWith(first)) return undefined;
  // The row of a piece has a 1 where it and the pieces behind it can take all of the URI from that character on.
  let row = new Uint8Array(uri.length + 1).fill(1, uri.length);
  const rows = [row];
  for (const piece of pieces.toReversed()) {
    row = typeof piece === "string" ? fitLiteral(piece, uri, row) : fitSpan(piece, uri, row);
    rows.push(row);
  }
  if (row[0] !== 1) return undefined;
  const found: Found = new Map();
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    if (typeof piece === "string") {
      at += piece.length;
      continue;
    }
    const end = spanEnd(piece, uri, at, rows[pieces.length - i - 1] as Uint8Array);
    const raw = uri.slice(at, end);
    if (!(piece.leads === 0 ? readVariable(piece, raw, found) : readSet(piece, raw, found))) return undefined;
    at = end;
  }
  return Object.fromEntries(found);
}

function fitLiteral(literal: string, uri: string, next: Uint8Array): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(next.length);
  for (let at = uri.length - literal.length; at >= 0; at--) {
    if (next[at + literal.length] === 1 && uri.startsWith(literal, at)) row[at] = 1;
  }
  return row;
}

function fitSpan(span: Span, uri: string, next: Uint8Array): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(next.length);
  let after = false; // whether a span that has begun can end well behind the character at hand
  for (let at = uri.length; at >= 0; at--) {
    const ends = next[at] === 1;
    if ((ends && span.optional) || (after && begins(span, uri, at))) row[at] = 1;
    after = ends || (after && !isIn(span.stops, uri, at));
  }
  return row;
}

function begins(span: Span, uri: string, at: number): boolean {
  return span.leads === 0 ? !isIn(span.stops, uri, at) : isIn(span.leads, uri, at);
}

/** The last place where a span that begins at `start` can end so that the rest fits. */
function spanEnd(span: Span, uri: string, start: number, next: Uint8Array): number {
  let end = start;
  if (!begins(span, uri, start)) return end;
  for (let at = start + 1; at <= uri.length; at++) {
    if (next[at] === 1) end = at;
    if (isIn(span.stops, uri, at)) break;
  }
  return end;
}

function readVariable(span: Span, raw: string, found: Found): boolean {
  for (const reading of span.variables.values()) {
    const values: string[] = [];
    for (const text of span.separator === "" ? [raw] : raw.split(span.separator)) {
      const value = readValue(reading, text);
      if (value === undefined) return false;
      values.push(value);
    }
    found.set(reading.name, span.separator === "" ? (values[0] as string) : values);
  }
  return true;
}

function readSet(span: Span, raw: string, found: Found): boolean {
  for (const pair of raw === "" ? [] : raw.slice(1).split(span.separator)) {
    const equals = pair.indexOf("=");
    const reading = span.variables.get(equals < 0 ? pair : pair.slice(0, equals));
    const value = reading && readValue(reading, equals < 0 ? "" : pair.slice(equals + 1));
    if (reading === undefined || value === undefined) return false;
    const earlier = found.get(reading.name);
    if (Array.isArray(earlier)) earlier.push(value);
    else if (earlier !== undefined) return false;
    else found.set(reading.name, reading.explode ? [value] : value);
  }
  for (const reading of span.variables.values()) {
    if (reading.operator === ";" && !found.has(reading.name)) return false;
  }
  return true;
}

function readValue(reading: Reading, raw: string): string | undefined {
  let value: string;
  try {
    value = decodeURIComponent(raw);
    encodeURIComponent(value); // throws for a lone surrogate, which is no text either
  } catch {
    return undefined;
  }
  if (value.length > reading.prefix && Array.from(value).length > reading.prefix) return undefined;
  return reading.unsafe || isSafe(value, reading.operator) ? value : undefined;
}

/** Whether a value cannot lead a handler that uses it as a part of a path out of the place it is meant for. */
function isSafe(value: string, operator: Operator): boolean {
  if (value === "") return isSet(operator);
  const letter = value.charCodeAt(0) | 32;
  if (value.includes("\0") || (value[1] === ":" && letter >= 97 && letter <= 122)) return false;
  const segments = value.replaceAll("\\", "/").split("/");
  if (segments.includes("..")) return false;
  if (operator === "#" || operator === "?" || operator === "&") return true;
  return operator === "+" ? segments[0] !== "" : segments.length === 1;
}
