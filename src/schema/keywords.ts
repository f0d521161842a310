import { countOf, type Keyword, numberOf, wrongValue } from "./compiler.ts";
import { isEqual } from "./equality.ts";
import { type Evaluation, plural, refusal } from "./evaluation.ts";
import { isObject } from "./json-schema.ts";
import { valueOf } from "./references.ts";

const types: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map<unknown, (value: unknown) => boolean>([
  ["string", (value) => typeof value === "string"],
  ["number", Number.isFinite],
  ["integer", Number.isInteger],
  ["boolean", (value) => typeof value === "boolean"],
  ["object", isObject],
  ["array", Array.isArray],
  ["null", (value) => value === null],
]);

/** `type` */
const type: Keyword = (at) => {
  const value = valueOf(at, "type");
  if (value === undefined) return undefined;
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  const tests = names.map((name) => {
    const test = types.get(name);
    if (test === undefined) throw wrongValue(at, "type", `of ${[...types.keys()].join(", ")}`);
    return test;
  });
  const refuse = refusal(at, "type", `must be ${names.join(" or ")}`);
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return (candidate, run) => only(candidate) || refuse(run);
  return (candidate, run) => tests.some((test) => test(candidate)) || refuse(run);
};

/** `enum` and `const` */
const oneOfValues =
  (keyword: "enum" | "const"): Keyword =>
  (at) => {
    const value = valueOf(at, keyword);
    if (value === undefined) return undefined;
    if (keyword === "enum" && !Array.isArray(value)) throw wrongValue(at, keyword, "a list");
    const values = keyword === "enum" ? (value as readonly unknown[]) : [value];
    const scalars = new Set(values.filter((one) => typeof one !== "object" || one === null));
    const others = values.filter((one) => !scalars.has(one));
    const shown = values.slice(0, 20).map((one) => JSON.stringify(one)?.slice(0, 100));
    const rest = values.length > shown.length ? ", ..." : "";
    const refuse = refusal(at, keyword, `must be ${values.length === 1 ? "" : "one of "}${shown.join(", ")}${rest}`);
    return (candidate, run) =>
      scalars.has(candidate) || others.some((one) => isEqual(one, candidate, run)) || refuse(run);
  };

type Comparison = (value: number, bound: number) => boolean;

const bounds: readonly [string, string, Comparison][] = [
  ["minimum", "at least", (value, bound) => value >= bound],
  ["maximum", "at most", (value, bound) => value <= bound],
  ["exclusiveMinimum", "more than", (value, bound) => value > bound],
  ["exclusiveMaximum", "less than", (value, bound) => value < bound],
  ["multipleOf", "a multiple of", isMultiple],
];

/** `minimum` and its siblings, each on its own. */
const numeric: readonly Keyword[] = bounds.map(([keyword, words, holds]) => (at) => {
  const bound = numberOf(at, keyword);
  if (bound === undefined) return undefined;
  if (keyword === "multipleOf" && bound <= 0) throw wrongValue(at, keyword, "more than 0");
  const refuse = refusal(at, keyword, `must be ${words} ${bound}`);
  return (value, run) => typeof value !== "number" || holds(value, bound) || refuse(run);
});

/** A quotient of decimals is off by a few units of its last place. */
function isMultiple(value: number, divisor: number): boolean {
  if (value % divisor === 0) return true;
  const quotient = value / divisor;
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * 2 * Number.EPSILON;
}

/** `minLength` */
const minLength: Keyword = (at) => {
  const least = countOf(at, "minLength");
  if (least === undefined) return undefined;
  const refuse = refusal(at, "minLength", `must have at least ${plural(least, "character")}`);
  return (text, run) =>
    typeof text !== "string" || (text.length >= least && (text.length >= 2 * least || characters(text, run) >= least)) || refuse(run);
};

/** `maxLength` */
const maxLength: Keyword = (at) => {
  const most = countOf(at, "maxLength");
  if (most === undefined) return undefined;
  const refuse = refusal(at, "maxLength", `must have at most ${plural(most, "character")}`);
  return (text, run) =>
    typeof text !== "string" || text.length <= most || (text.length <= 2 * most && characters(text, run) <= most) || refuse(run);
};

/** The length as JSON Schema counts it: a character outside the basic plane is one, not two. */
function characters(text: string, run: Evaluation): number {
  run.spend(text.length >> 3);
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) if ((text.codePointAt(i) as number) > 0xffff) count--;
  return count;
}

/** `pattern` */
const pattern: Keyword = (at, compiler) => {
  const source = valueOf(at, "pattern");
  if (source === undefined) return undefined;
  if (typeof source !== "string") throw wrongValue(at, "pattern", "a string");
  const test = compiler.pattern(at, "pattern", source);
  const refuse = refusal(at, "pattern", `must match the pattern ${source.slice(0, 200)}`);
  return (text, run) => typeof text !== "string" || test(text, run) || refuse(run);
};

/** `format`, where it is asserted and known */
const format: Keyword = (at, compiler) => {
  const name = valueOf(at, "format");
  const test = compiler.formats?.get(name as string);
  if (test === undefined) return undefined;
  const refuse = refusal(at, "format", `must have the format ${name}`);
  return (text, run) => typeof text !== "string" || test(text) || refuse(run);
};

/** The keywords that look at a value without looking into it, in the order in which they act. */
export const scalarKeywords: readonly Keyword[] = [
  type,
  oneOfValues("const"),
  oneOfValues("enum"),
  ...numeric,
  minLength,
  maxLength,
  pattern,
  format,
];
