import { type Expression, type Operator, parseTemplate, percentEncode, templateError } from "./uri-template-parse.ts";

type Scalar = string | number | boolean;

/** What a variable of a template can be given: undefined and null leave it out, as do an empty list and object. */
export type TemplateValue =
  | Scalar
  | readonly (Scalar | null | undefined)[]
  | Readonly<Record<string, Scalar | null | undefined>>
  | null
  | undefined;

/** How the result of an operator looks. @see https://www.rfc-editor.org/rfc/rfc6570#appendix-A */
export interface Style {
  /** Before the first value. */
  readonly first: string;
  /** Between values. */
  readonly separator: string;
  /** Whether reserved characters are left as they are. */
  readonly reserved: boolean;
  /** Behind the name of an empty value; undefined where values are written without their names. */
  readonly ifEmpty: string | undefined;
}

/** The style of each operator. */
export const styles: Readonly<Record<Operator, Style>> = {
  "": style("", ","),
  "+": style("", ",", true),
  "#": style("#", ",", true),
  ".": style(".", "."),
  "/": style("/", "/"),
  ";": style(";", ";", false, ""),
  "?": style("?", "&", false, "="),
  "&": style("&", "&", false, "="),
};

function style(first: string, separator: string, reserved = false, ifEmpty?: string): Style {
  return { first, separator, reserved, ifEmpty };
}

/**
 * The URI that a template of RFC 6570, level 4, gives for these values, exactly as the RFC says.
 *
 * Numbers and booleans are written as text. A variable without a value is left out, and so are null and undefined
 * inside a list or object. A lone surrogate becomes U+FFFD. Only own properties of `values` count.
 *
 * @example
 * ```ts
 * expandUriTemplate("file:///{+path}{?line}", { path: "src/main.ts", line: 7 });   // "file:///src/main.ts?line=7"
 * ```
 * @throws DefinitionError for a template that is malformed, and for a variable with a prefix (`{name:3}`) that is given
 * a list or an object.
 */
export function expandUriTemplate(source: string, values: Readonly<Record<string, TemplateValue>>): string {
  return parseTemplate(source)
    .map((part) => (typeof part === "string" ? part : expandExpression(source, part, values)))
    .join("");
}

function expandExpression(
  source: string,
  { operator, variables }: Expression,
  values: Readonly<Record<string, TemplateValue>>,
): string {
  const { first, separator, reserved, ifEmpty } = styles[operator];
  const encode = (value: unknown): string => percentEncode(String(value), reserved);
  const pair = (name: string, text: string, empty = ifEmpty): string => {
    if (empty === undefined) return text;
    return text === "" ? name + empty : `${name}=${text}`;
  };
  const expanded = variables.flatMap(({ name, prefix, explode }) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null) return [];
    if (typeof value !== "object") return pair(name, encode(firstOf(String(value), prefix)));
    if (prefix < Number.POSITIVE_INFINITY) {
      throw templateError(source, `"${name}:${prefix}" takes a string, and no list or object`);
    }
    const isList = Array.isArray(value);
    const items = Object.entries(value).flatMap(([key, item]) => {
      if (item === undefined || item === null) return [];
      if (!explode) return isList ? encode(item) : `${encode(key)},${encode(item)}`;
      return isList ? pair(name, encode(item)) : pair(encode(key), encode(item), ifEmpty ?? "=");
    });
    if (items.length === 0) return [];
    return explode ? items.join(separator) : pair(name, items.join(","));
  });
  return expanded.length === 0 ? "" : first + expanded.join(separator);
}

/** The first code points of a text. */
function firstOf(text: string, count: number): string {
  return count < text.length ? [...text.slice(0, 2 * count)].slice(0, count).join("") : text;
}
