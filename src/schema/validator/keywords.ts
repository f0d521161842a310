import { isObject } from "../../json.ts";
import { countFor, type Keyword, textFor, valueFor } from "./compiler.ts";
import { isEqual } from "./equality.ts";
import { type Evaluation, refusal } from "./evaluation.ts";
import { areTypes, hasMember, type TypeName, TYPES } from "../index.ts";
import { valueOf } from "./references.ts";

const types: Readonly<Record<TypeName, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: Number.isFinite,
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  object: isObject,
  array: Array.isArray,
  null: (value) => value === null,
};

/** `type` */
const type: Keyword = (at) => {
  const value = valueFor(at, "type", `of ${TYPES.join(", ")}`, areTypes);
  if (value === undefined) return undefined;
  const names = [value].flat() as TypeName[];
  const refuse = refusal(at, "type", `must be ${names.join(" or ")}`);
  const tests = names.map((name) => types[name]);
  const [test = () => false] = tests;
  if (tests.length < 2) return (candidate, run) => test(candidate) || refuse(run);
  return (candidate, run) => tests.some((one) => one(candidate)) || refuse(run);
};

/** `enum` and `const` */
const listed =
  (keyword: "enum" | "const"): Keyword =>
  (at) => {
    const single = keyword === "const";
    const value = valueFor(at, keyword, "a list", (list) => single || Array.isArray(list));
    if (value === undefined) return undefined;
    const values = single ? [value] : (value as readonly unknown[]);
    const scalars = new Set(values.filter((one) => typeof one !== "object" || one === null));
    const others = values.filter((one) => !scalars.has(one));
    const shown = values.slice(0, 20).map((one) => JSON.stringify(one)?.slice(0, 100));
    const refuse = refusal(at, keyword, `must be ${shown.join(" or ")}${values.length > 20 ? " or another" : ""}`);
    return (candidate, run) =>
      scalars.has(candidate) || others.some((one) => isEqual(one, candidate, run)) || refuse(run);
  };

/** What a bound bounds: `undefined` when it does not apply to such a value. */
type Measure = (value: unknown, bound: number, run: Evaluation) => number | undefined;

const itself: Measure = (value) => (typeof value === "number" ? value : undefined);

/** The length as JSON Schema counts it: a character outside the basic plane is one, not two. */
const characters: Measure = (text, bound, run) => {
  if (typeof text !== "string") return undefined;
  let count = text.length;
  if (count < bound || count > 2 * bound) return count;
  run.spend(count >> 2);
  for (let i = 0; i < text.length - 1; i++) if ((text.codePointAt(i) as number) > 0xffff) count--;
  return count;
};

const items: Measure = (value) => (Array.isArray(value) ? value.length : undefined);

const members: Measure = (value, _, run) => {
  if (!isObject(value)) return undefined;
  let count = 0;
  for (const name in value) {
    run.spendOnMember(count);
    if (hasMember(value, name)) count++;
  }
  return count;
};

type Comparison = (value: number, bound: number) => boolean;

const atLeast: Comparison = (value, bound) => value >= bound;
const atMost: Comparison = (value, bound) => value <= bound;

/** A quotient of decimals is off by a few units of its last place. */
const isMultiple: Comparison = (value, divisor) => {
  if (value % divisor === 0) return true;
  const quotient = value / divisor;
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * 2 * Number.EPSILON;
};

/** `minimum` and all others that hold a number or a size against a bound; `#` stands for it in the message. */
const bounds: readonly Keyword[] = (
  [
    ["minimum", "be at least #", itself, atLeast],
    ["maximum", "be at most #", itself, atMost],
    ["exclusiveMinimum", "be more than #", itself, (value, bound) => value > bound],
    ["exclusiveMaximum", "be less than #", itself, (value, bound) => value < bound],
    ["multipleOf", "be a multiple of #", itself, isMultiple],
    ["minLength", "have at least # characters", characters, atLeast],
    ["maxLength", "have at most # characters", characters, atMost],
    ["minItems", "have at least # items", items, atLeast],
    ["maxItems", "have at most # items", items, atMost],
    ["minProperties", "have at least # properties", members, atLeast],
    ["maxProperties", "have at most # properties", members, atMost],
  ] as [string, string, Measure, Comparison][]
).map(([keyword, words, measure, holds]) => (at) => {
  const divides = keyword === "multipleOf";
  const bound =
    measure === itself
      ? valueFor<number | undefined>(at, keyword, divides ? "a number above 0" : "a number", (value) =>
          divides ? Number(value) > 0 : Number.isFinite(value),
        )
      : countFor(at, keyword);
  if (bound === undefined) return undefined;
  const refuse = refusal(at, keyword, `must ${words.replace("#", String(bound))}`);
  if (measure === itself) return (value, run) => typeof value !== "number" || holds(value, bound) || refuse(run);
  return (value, run) => {
    const measured = measure(value, bound, run);
    return measured === undefined || holds(measured, bound) || refuse(run);
  };
});

/** `pattern` */
const pattern: Keyword = (at, compiler) => {
  const source = textFor(at, "pattern");
  if (source === undefined) return undefined;
  const test = compiler.pattern(at, "pattern", source);
  const refuse = refusal(at, "pattern", `must match the pattern ${source.slice(0, 200)}`);
  return (text, run) => typeof text !== "string" || test(text, run) || refuse(run);
};

/** `format`, where it is asserted and known */
const format: Keyword = (at, compiler) => {
  const name = valueOf(at, "format") as string;
  const test = compiler.formats?.get(name);
  if (test === undefined) return undefined;
  const refuse = refusal(at, "format", `must have the format ${name}`);
  return (text, run) => typeof text !== "string" || test(text) || refuse(run);
};

/** The keywords that look at a value without looking into it, in the order in which they act. */
export const scalarKeywords: readonly Keyword[] = [type, listed("const"), listed("enum"), ...bounds, pattern, format];
