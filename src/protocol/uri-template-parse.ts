import { DefinitionError } from "../errors.ts";

/**
 * What an expression begins with; empty for simple expansion.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6570#section-2.2
 */
export type Operator = "" | "+" | "#" | "." | "/" | ";" | "?" | "&";

/** One variable of an expression. */
export interface VariableSpec {
  readonly name: string;
  /** The length of the prefix modifier `:n`, in code points; infinite without one. */
  readonly prefix: number;
  /** Whether the explode modifier `*` stands behind the name. */
  readonly explode: boolean;
}

/** What stands between a pair of braces. */
export interface Expression {
  readonly operator: Operator;
  readonly variables: readonly VariableSpec[];
}

/** A template in pieces: percent-encoded literals and expressions. */
export type Parts = readonly (string | Expression)[];

/** Length of a template, in UTF-16 units. Templates of real servers stay below a hundred. */
const TEMPLATE_LENGTH = 8192;
/** Expressions of one template. */
const EXPRESSIONS = 64;

// Each of these looks at a character once: no two of their repetitions can take the same text.
const FORBIDDEN = /[\p{Cc} "<>\\^`|}]|%(?![0-9A-Fa-f]{2})/u;
const VARIABLE = /^((?:\w|%[0-9A-Fa-f]{2})(?:\.?(?:\w|%[0-9A-Fa-f]{2}))*)(?:(\*)|:([1-9][0-9]{0,3}))?$/;
const NOT_UNRESERVED = /[^A-Za-z0-9\-._~]/gu;
const NOT_RESERVED = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]/gu;

const utf8 = new TextEncoder();

/** The error for a template, with the place where it is wrong. The text is quoted, for it may be a peer's. */
export function templateError(source: string, problem: string, at?: number): DefinitionError {
  const shown = JSON.stringify(source.length > 100 ? `${source.slice(0, 100)}...` : source);
  return new DefinitionError(`URI template ${shown}${at === undefined ? "" : `, character ${at + 1}`}: ${problem}`);
}

/** Percent-encodes a value; with `reserved`, reserved characters and percent-encoded triplets stay as they are. */
export function percentEncode(text: string, reserved: boolean): string {
  return text.replace(reserved ? NOT_RESERVED : NOT_UNRESERVED, (match) => {
    if (match.length === 3) return match;
    let encoded = "";
    for (const byte of utf8.encode(match)) encoded += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
    return encoded;
  });
}

/** Parses a template of level 4; throws a `DefinitionError` that names the place where it is malformed. */
export function parseTemplate(source: string): Parts {
  if (source.length > TEMPLATE_LENGTH) throw templateError(source, `it is longer than ${TEMPLATE_LENGTH} characters`);
  const parts: (string | Expression)[] = [];
  let expressions = 0;
  for (let at = 0; at < source.length; ) {
    const open = source.indexOf("{", at);
    const literal = source.slice(at, open < 0 ? source.length : open);
    const forbidden = literal.search(FORBIDDEN);
    if (forbidden >= 0) {
      const found = JSON.stringify(literal[forbidden]);
      throw templateError(source, `${found} must be percent-encoded`, at + forbidden);
    }
    if (literal !== "") parts.push(percentEncode(literal, true));
    if (open < 0) break;
    const close = source.indexOf("}", open);
    if (close < 0) throw templateError(source, '"{" is never closed', open);
    if (++expressions > EXPRESSIONS) throw templateError(source, `it has more than ${EXPRESSIONS} expressions`, open);
    parts.push(parseExpression(source, open, close));
    at = close + 1;
  }
  return parts;
}

function parseExpression(source: string, open: number, close: number): Expression {
  const first = source.charAt(open + 1);
  if ("=,!@|".includes(first)) throw templateError(source, `the operator "${first}" is reserved`, open + 1);
  const operator = "+#./;?&".includes(first) ? (first as Operator) : "";
  const variables: VariableSpec[] = [];
  let at = open + 1 + operator.length;
  for (const spec of source.slice(at, close).split(",")) {
    const match = VARIABLE.exec(spec);
    if (match === null) {
      throw templateError(source, `${JSON.stringify(spec)} is no variable such as a_b.c, a* or a:9`, at);
    }
    const [, name = "", explode, prefix] = match;
    variables.push({ name, explode: explode !== undefined, prefix: Number(prefix ?? Number.POSITIVE_INFINITY) });
    at += spec.length + 1;
  }
  return { operator, variables };
}
