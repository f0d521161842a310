import { compileMatch, type Match, type MatchedVariables } from "./uri-template-match.ts";
import { type Parts, parseTemplate, templateError } from "./uri-template-parse.ts";

/** How a URI template is going to be used. */
export interface UriTemplateOptions {
  /**
   * Prepare {@link UriTemplate.match} at once, so that a template that cannot be matched is refused where it is written
   * and not at the first match. Default false: many templates that can be expanded cannot be matched.
   */
  readonly match?: boolean;
  /**
   * Variables whose matched values are not checked, by name, or `true` for all: they can be empty, hold `..` and NUL,
   * and be absolute paths (the table at {@link UriTemplate.match} has all of it). Default none.
   */
  readonly unsafe?: readonly string[] | boolean;
}

/**
 * A URI template of RFC 6570, level 4, that finds values in URIs, in time linear in its input. The other way goes
 * `expandUriTemplate`.
 *
 * ```ts
 * const template = new UriTemplate("file:///{+path}{?line}", { match: true });
 * template.match("file:///src/main.ts");                  // { path: "src/main.ts" }
 * template.match("file:///src/%2e%2e/%2e%2e/secret");     // undefined
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc6570
 */
export class UriTemplate {
  /** The template as it was written. */
  readonly source: string;
  /** The names of its variables, each once, in the order of the template. */
  readonly variables: readonly string[];
  readonly #parts: Parts;
  readonly #unsafe: readonly string[];
  #match: Match | undefined;

  /**
   * Throws a `DefinitionError` that names the place when the template is malformed, is longer than 8192 characters, has
   * more than 64 expressions, or `unsafe` names a variable that it does not have; with `match: true` also when it
   * cannot be matched.
   */
  constructor(source: string, options: UriTemplateOptions = {}) {
    this.source = source;
    this.#parts = parseTemplate(source);
    const names = new Set(
      this.#parts.flatMap((part) => (typeof part === "string" ? [] : part.variables.map(({ name }) => name))),
    );
    this.variables = [...names];
    const { unsafe = [] } = options;
    this.#unsafe = typeof unsafe === "boolean" ? (unsafe ? this.variables : []) : unsafe;
    const unknown = this.#unsafe.find((name) => !names.has(name));
    if (unknown !== undefined) {
      throw templateError(source, `"unsafe" names ${JSON.stringify(unknown)}, which is none of its variables`);
    }
    if (options.match === true) this.#match = this.#compile();
  }

  /**
   * The values that a URI has for the variables, or undefined when it does not fit or a value is not safe.
   *
   * - `{a}`, `{.a}` and `{/a}` hold no bare `/`, `?` or `#`, and no bare separator in an expression of several
   *   variables.
   * - `{+a}` and `{#a}` hold anything but what begins a later `?`, `&`, `;` or `#` part of the template.
   * - `{?a,b}` and `{&a,b}` are a set: any order, each name at most once, each may be missing, and no other names.
   *   Neighbours such as `{?a}{&b}` are one set. `{;a,b}` is a set too, in which no name may be missing.
   * - An exploded variable (`{/a*}`, `{?a*}`) is an array of at least one string; other lists come as one string, with
   *   their commas.
   * - Where a URI can be read in several ways, the variable that stands first takes as much as it can.
   * - Literals match exactly. Values are percent-decoded once, after they were cut out. Invalid percent-encoding,
   *   invalid UTF-8, a lone surrogate, a value longer than its prefix and a URI longer than 4096 characters match
   *   nothing.
   *
   * So `match(expand(values))` gives safe strings back as they were, unless a value holds its own delimiter: reserved
   * expansion leaves delimiters and percent-encoded triplets as they are, and no expansion encodes `-`, `.`, `_` and
   * `~`.
   *
   * Refused values (each item of an array counts as one), unless the variable is `unsafe`:
   *
   * | Value | `{a}` `{.a}` `{/a}` `{;a}` | `{+a}` | `{#a}` `{?a}` `{&a}` |
   * |---|---|---|---|
   * | holds NUL, begins with a drive (`C:`), or has a segment `..` between `/` or `\` | refused | refused | refused |
   * | empty | refused, but with `;` | refused | refused with `#` |
   * | begins with `/` or `\` | refused | refused | allowed |
   * | holds `/` or `\` elsewhere (from `%2F`, `%5C`) | refused | allowed | allowed |
   *
   * Throws a `DefinitionError`, at the first call or in the constructor with `match: true`, for a template that cannot
   * be matched: two variables with nothing between them, two exploded lists with only their own separator between them,
   * the same variable twice, or more than 64 variables, each set counting as one.
   */
  match(uri: string): MatchedVariables | undefined {
    this.#match ??= this.#compile();
    return this.#match(uri);
  }

  #compile(): Match {
    return compileMatch(this.source, this.#parts, new Set(this.#unsafe));
  }
}
