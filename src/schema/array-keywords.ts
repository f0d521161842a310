import { countOf, type Keyword, wrongValue } from "./compiler.ts";
import { areUnique } from "./equality.ts";
import { type Check, plural, refusal } from "./evaluation.ts";
import { valueOf } from "./references.ts";

/** `minItems` and `maxItems` */
const size: Keyword = (at) => {
  const least = countOf(at, "minItems") ?? 0;
  const most = countOf(at, "maxItems") ?? Number.POSITIVE_INFINITY;
  if (least === 0 && most === Number.POSITIVE_INFINITY) return undefined;
  const few = refusal(at, "minItems", `must have at least ${plural(least, "item")}`);
  const many = refusal(at, "maxItems", `must have at most ${plural(most, "item")}`);
  return (value, run) => !Array.isArray(value) || (value.length < least ? few(run) : value.length <= most || many(run));
};

/** `prefixItems` and `items`; in draft-07 `items` and `additionalItems` */
const items: Keyword = (at, compiler) => {
  const tuple = at.resource.dialect === "2020-12" ? "prefixItems" : "items";
  const rest = tuple === "items" && Array.isArray(valueOf(at, "items")) ? "additionalItems" : "items";
  const listed = tuple === rest ? [] : ((valueOf(at, tuple) as readonly unknown[] | undefined) ?? []);
  const checks = listed.map((_, index) => compiler.child(at, tuple, index));
  const other = valueOf(at, rest) === undefined ? undefined : compiler.child(at, rest);
  if (checks.length === 0 && other === undefined) return undefined;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    const count = other === undefined ? Math.min(checks.length, value.length) : value.length;
    if (run.seen !== undefined) run.seen.upTo = Math.max(run.seen.upTo, count);
    run.spend(count);
    let valid = true;
    for (let i = 0; i < count; i++) {
      if (run.visit(i < checks.length ? (checks[i] as Check) : (other as Check), value[i], i)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
};

/** `contains`, `minContains` and `maxContains` */
const contains: Keyword = (at, compiler) => {
  if (valueOf(at, "contains") === undefined) return undefined;
  const check = compiler.child(at, "contains");
  const counted = at.resource.dialect === "2020-12";
  const least = (counted ? countOf(at, "minContains") : undefined) ?? 1;
  const most = (counted ? countOf(at, "maxContains") : undefined) ?? Number.POSITIVE_INFINITY;
  const few = refusal(at, "contains", `must have at least ${plural(least, "item")} of the kind under "contains"`);
  const many = refusal(at, "maxContains", `must have at most ${plural(most, "item")} of the kind under "contains"`);
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    run.spend(value.length);
    let count = 0;
    for (let i = 0; i < value.length; i++) {
      if (!run.quietly(check, value[i], i)) continue;
      run.seen?.items.add(i);
      count++;
    }
    return count < least ? few(run) : count <= most || many(run);
  };
};

/** `uniqueItems` */
const uniqueItems: Keyword = (at) => {
  const value = valueOf(at, "uniqueItems");
  if (value !== undefined && typeof value !== "boolean") throw wrongValue(at, "uniqueItems", "true or false");
  if (value !== true) return undefined;
  const refuse = refusal(at, "uniqueItems", "must not have equal items");
  return (list, run) => !Array.isArray(list) || areUnique(list, run) || refuse(run);
};

/** The keywords of arrays. */
export const arrayKeywords: readonly Keyword[] = [size, items, contains, uniqueItems];

/** `unevaluatedItems`: the items that no other keyword of its schema has looked at. */
export const unevaluatedItems: Keyword = (at, compiler) => {
  if (!compiler.document.tracks || valueOf(at, "unevaluatedItems") === undefined) return undefined;
  const check = compiler.child(at, "unevaluatedItems");
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    const { seen } = run;
    let valid = true;
    for (let i = seen?.upTo ?? 0; i < value.length; i++) {
      run.spend(1);
      if (seen?.items.has(i) || run.visit(check, value[i], i)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    if (seen !== undefined) seen.upTo = value.length;
    return valid;
  };
};
