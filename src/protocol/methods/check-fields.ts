import { isObject } from "../../json.ts";

/**
 * Tells what is wrong with a value: the rest of a sentence that begins with the name of the value, such as
 * `" must be a string"` or `".name must be a string"`, or undefined when nothing is.
 *
 * Paths are put together on the way out of a failed check, so that a good value costs no string.
 */
export type Check = (value: unknown) => string | undefined;

/** How much of a peer's own key a problem quotes, in UTF-16 units. */
const quotedKeyLength = 64;

/** A string of at most so many UTF-16 units. */
export function text(longest: number): Check {
  return (value) => {
    if (typeof value !== "string") return " must be a string";
    return value.length > longest ? ` must be at most ${longest} characters long` : undefined;
  };
}

/** Any string. */
export const string: Check = text(Number.POSITIVE_INFINITY);

/** A number that can be written as JSON again; `1e999` in a text of JSON becomes one that cannot. */
export const number: Check = (value) => (Number.isFinite(value) ? undefined : " must be a number");

/** True or false. */
export const boolean: Check = (value) => (typeof value === "boolean" ? undefined : " must be a boolean");

/** An object, and neither null nor an array. */
export const object: Check = (value) => (isObject(value) ? undefined : " must be an object");

/** Anything that is there. */
export const present: Check = (value) => (value === undefined ? " is missing" : undefined);

/** One of a few strings. */
export function oneOf(...values: readonly string[]): Check {
  return (value) => (values.includes(value as string) ? undefined : ` must be one of ${values.join(", ")}`);
}

/** What the check accepts, or nothing. */
export function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

/** What the check accepts, or nothing, or the null that some peers write for nothing. */
export function nullable(check: Check): Check {
  return (value) => (value === undefined || value === null ? undefined : check(value));
}

/** An array whose every entry passes the check. */
export function array(entry: Check, longest: number = Number.POSITIVE_INFINITY): Check {
  return (value) => {
    if (!Array.isArray(value)) return " must be an array";
    if (value.length > longest) return ` must have at most ${longest} entries`;
    for (let i = 0; i < value.length; i++) {
      const problem = entry(value[i]);
      if (problem !== undefined) return `[${i}]${problem}`;
    }
  };
}

/** An object whose every own value passes the check, whatever its keys are. */
export function record(entry: Check): Check {
  return (value) => {
    if (!isObject(value)) return " must be an object";
    for (const key of Object.keys(value)) {
      const problem = entry(value[key]);
      if (problem !== undefined) return `[${JSON.stringify(key.slice(0, quotedKeyLength))}]${problem}`;
    }
  };
}

/** An object whose named members pass their checks. Members without a check pass. */
export function members(checks: Readonly<Record<string, Check>>): Check {
  const keys = Object.keys(checks);
  const values = Object.values(checks);
  return (value) => {
    if (!isObject(value)) return " must be an object";
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const problem = (values[i] as Check)(value[key]);
      if (problem !== undefined) return `.${key}${problem}`;
    }
  };
}

/** A problem of a member, as one of the value that holds it. */
export function within(path: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : path + problem;
}

/** The check of a whole value, which has this name in a problem. */
export function named(name: string, check: Check): Check {
  return (value) => within(name, check(value));
}
