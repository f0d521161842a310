import { UriMatcher, type UriTemplateOptions } from "./uri-matcher.ts";
import { expandTemplate, type TemplateValue } from "./uri-template-expand.ts";
import type { MatchedVariables } from "./uri-template-match.ts";

export type { UriTemplateOptions };

/**
 * A URI template of RFC 6570, level 4, both ways: {@link UriTemplate.expand} makes a URI from values, and
 * {@link UriTemplate.match} finds the values in a URI. Both take time linear in their input,
 * whatever the template and the URI are.
 *
 * ```ts
 * const template = new UriTemplate("file:///{+path}{?line}", { match: true });
 * template.expand({ path: "src/main.ts", line: 7 });      // "file:///src/main.ts?line=7"
 * template.match("file:///src/main.ts");                  // { path: "src/main.ts" }
 * template.match("file:///src/%2e%2e/%2e%2e/secret");     // undefined
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc6570
 */
export class UriTemplate extends UriMatcher {
  /**
   * The URI for these values, exactly as the RFC says.
   *
   * Numbers and booleans are written as text. A variable without a value is left out, and so are null and undefined
   * inside a list or object. A lone surrogate becomes U+FFFD. Only own properties of `values` count. Throws a
   * `DefinitionError` when a variable with a prefix (`{name:3}`) is given a list or an object.
   */
  expand(values: Readonly<Record<string, TemplateValue>>): string {
    return expandTemplate(this.source, this.parts, values);
  }
}

/** Each expression of a template, as a union of what stands between the braces. */
type Expressions<Source extends string, Found = never> = Source extends `${string}{${infer Body}}${infer Rest}`
  ? Expressions<Rest, Found | Body>
  : Found;

/** Each variable of an expression without its operator, with its modifier. */
type Specs<Body, Found = never> = Body extends `${infer Spec},${infer Rest}` ? Specs<Rest, Found | Spec> : Found | Body;

type OptionalSpecs<Body> = Body extends `${"?" | "&"}${infer List}` ? Specs<List> : never;

type RequiredSpecs<Body> = Body extends `${"?" | "&"}${string}`
  ? never
  : Body extends `${"+" | "#" | "." | "/" | ";"}${infer List}`
    ? Specs<List>
    : Specs<Body>;

type Name<Spec> = Spec extends `${infer Name}*` ? Name : Spec extends `${infer Name}:${string}` ? Name : Spec;
type Value<Spec> = Spec extends `${string}*` ? string[] : string;
type Flat<Variables> = { [Name in keyof Variables]: Variables[Name] };

/**
 * What {@link UriTemplate.match} gives for a template that is known as a literal type: strings, arrays of strings for
 * exploded variables, and optional properties for `{?a}` and `{&a}`. For `string`, any variables.
 *
 * `TemplateVariables<"note://{id}/{+path}{?q,tag*}">` is `{ id: string; path: string; q?: string; tag?: string[] }`.
 */
export type TemplateVariables<Source extends string> = string extends Source
  ? MatchedVariables
  : Flat<
      { [Spec in RequiredSpecs<Expressions<Source>> as Name<Spec> & string]: Value<Spec> } & {
        [Spec in OptionalSpecs<Expressions<Source>> as Name<Spec> & string]?: Value<Spec>;
      }
    >;
