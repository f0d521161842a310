import type { MatchedVariables } from "./uri-template-match.ts";

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
