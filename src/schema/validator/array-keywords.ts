import { countFor, type Keyword, valueFor } from "./compiler.ts";
import { areUnique } from "./equality.ts";
import { type Check, refusal } from "./evaluation.ts";
import { valueOf } from "./references.ts";

/** `prefixItems` and `items`; in draft-07 `items` and `additionalItems` */
const items: Keyword = (at, compiler) => {
  const isTuple = at.resource.isDraft07 && Array.isArray(valueOf(at, "items"));
  const listed = isTuple ? "items" : at.resource.isDraft07 ? "" : "prefixItems";
  const checks = compiler.list(at, listed) ?? [];
  const rest = compiler.optional(at, isTuple ? "additionalItems" : "items");
  if (checks.length === 0 && rest === undefined) return undefined;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    const count = rest === undefined ? Math.min(checks.length, value.length) : value.length;
    run.spend(count);
    if (run.seen !== undefined) run.seen.upTo = Math.max(run.seen.upTo, count);
    let valid = true;
    for (let i = 0; i < count; i++) {
      if (run.visit((i < checks.length ? checks[i] : rest) as Check, value[i], i)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
};

/** `contains`, and from 2020-12 on `minContains` and `maxContains` */
const contains: Keyword = (at, compiler) => {
  const check = compiler.optional(at, "contains");
  if (check === undefined) return undefined;
  const countOf = (keyword: string) => (at.resource.isDraft07 ? undefined : countFor(at, keyword));
  const least = countOf("minContains") ?? 1;
  const most = countOf("maxContains") ?? Number.POSITIVE_INFINITY;
  const refuse = refusal(at, "contains", `must have ${least} to ${most} items of the kind under "contains"`);
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    run.spend(value.length);
    let count = 0;
    for (let i = 0; i < value.length; i++) {
      if (!run.quietly(check, value[i], i)) continue;
      run.seen?.items.add(i);
      count++;
    }
    return (count >= least && count <= most) || refuse(run);
  };
};

/** `uniqueItems` */
const uniqueItems: Keyword = (at) => {
  if (!valueFor(at, "uniqueItems", "true or false", (value) => typeof value === "boolean")) return undefined;
  const refuse = refusal(at, "uniqueItems", "must not have equal items");
  return (list, run) => !Array.isArray(list) || areUnique(list, run) || refuse(run);
};

/** The keywords of arrays. */
export const arrayKeywords: readonly Keyword[] = [items, contains, uniqueItems];

/** `unevaluatedItems`: the items that no other keyword of its schema has looked at. */
export const unevaluatedItems: Keyword = (at, compiler) => {
  const check = compiler.optional(at, "unevaluatedItems");
  if (check === undefined) return undefined;
  return (value, run) => {
    const { seen } = run;
    if (!Array.isArray(value) || seen === undefined) return true;
    run.spend(value.length);
    let valid = true;
    for (let i = seen.upTo; i < value.length; i++) {
      if (seen.items.has(i) || run.visit(check, value[i], i)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    seen.upTo = value.length;
    return valid;
  };
};
