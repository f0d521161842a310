import {
  type Expression,
  type Operator,
  parseTemplate,
  percentEncode,
  templateError,
  type VariableSpec,
} from "./uri-template-parse.ts";

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
  const parts = parseTemplate(source);

  let uri = "";
  for (const part of parts) uri += typeof part === "string" ? part : expandExpression(source, part, values);
  return uri;
}

function expandExpression(source: string, part: Expression, values: Readonly<Record<string, TemplateValue>>): string {
  const style = styles[part.operator];
  const expanded: string[] = [];
  for (const variable of part.variables) {
    const value = Object.hasOwn(values, variable.name) ? values[variable.name] : undefined;
    if (value === undefined || value === null) continue;
    if (typeof value !== "object") expanded.push(expandScalar(variable, String(value), style));
    else if (variable.prefix < Number.POSITIVE_INFINITY) {
      throw templateError(source, `"${variable.name}:${variable.prefix}" takes a string, and no list or object`);
    } else {
      const text = expandComposite(variable, value, style);
      if (text !== undefined) expanded.push(text);
    }
  }
  return expanded.length === 0 ? "" : style.first + expanded.join(style.separator);
}

function expandScalar(variable: VariableSpec, value: string, style: Style): string {
  let end = value.length;
  if (variable.prefix < end) {
    end = 0;
    for (let left = variable.prefix; left > 0 && end < value.length; left--) {
      end += (value.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    }
  }
  const text = percentEncode(value.slice(0, end), style.reserved);
  return style.ifEmpty === undefined ? text : pair(variable.name, text, style.ifEmpty);
}

function expandComposite(variable: VariableSpec, value: object, style: Style): string | undefined {
  const items: string[] = [];
  const list = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    const text = percentEncode(String(item), style.reserved);
    const name = list ? variable.name : percentEncode(key, style.reserved);
    if (variable.explode)
      items.push(list && style.ifEmpty === undefined ? text : pair(name, text, style.ifEmpty ?? "="));
    else items.push(list ? text : `${name},${text}`);
  }
  if (items.length === 0) return undefined;
  if (variable.explode) return items.join(style.separator);
  const joined = items.join(",");
  return style.ifEmpty === undefined ? joined : pair(variable.name, joined, style.ifEmpty);
}

function pair(name: string, text: string, ifEmpty: string): string {
  return text === "" ? name + ifEmpty : `${name}=${text}`;
}
