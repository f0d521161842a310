import { isObject } from "../../json.ts";
import { type Keyword, keysFor } from "./compiler.ts";
import { type Check, type Evaluation, every, refusal } from "./evaluation.ts";

type VisitMember = (member: unknown, name: string, run: Evaluation) => boolean;

/** Whether each member of an object is right; all of them are looked at when issues are collected. */
function everyMember(visitMember: VisitMember): Check {
  return (value, run) => {
    if (!isObject(value)) return true;
    let valid = true;
    let count = 0;
    for (const name in value) {
      run.spendOnMember(++count);
      const member = value[name];
      if (member === undefined || !Object.hasOwn(value, name) || visitMember(member, name, run)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
}

/** `properties`, `patternProperties` and `additionalProperties` */
const members: Keyword = (at, compiler) => {
  const named = new Map(keysFor(at, "properties").map((name) => [name, compiler.child(at, "properties", name)]));
  const patterns = keysFor(at, "patternProperties").map((source) => ({
    test: compiler.pattern(at, "patternProperties", source),
    check: compiler.child(at, "patternProperties", source),
  }));
  const additional = compiler.optional(at, "additionalProperties");
  if (patterns.length > 0) {
    return everyMember((member, name, run) => {
      const checks = patterns.filter(({ test }) => test(name, run)).map(({ check }) => check);
      const check = named.get(name) ?? (checks.length === 0 ? additional : undefined);
      if (check !== undefined) checks.push(check);
      if (checks.length > 0) run.mark(name);
      return run.visit(every(checks), member, name);
    });
  }
  if (named.size === 0 && additional === undefined) return undefined;
  // The same loop once more, since this one is where most of the time of most validations goes.
  return (value, run) => {
    if (!isObject(value)) return true;
    let valid = true;
    let count = 0;
    for (const name in value) {
      run.spendOnMember(++count);
      const check = named.get(name) ?? additional;
      const member = value[name];
      if (check === undefined || member === undefined || !Object.hasOwn(value, name)) continue;
      run.mark(name);
      if (run.visit(check, member, name)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
};

/** `propertyNames` */
const propertyNames: Keyword = (at, compiler) => {
  const check = compiler.optional(at, "propertyNames");
  if (check === undefined) return undefined;
  const refuse = refusal(at, "propertyNames", "must not have a property of the name");
  return everyMember((_, name, run) => run.quietly(check, name, name) || refuse(run, name));
};

/** `unevaluatedProperties`: the members that no other keyword of its schema has looked at. */
export const unevaluatedProperties: Keyword = (at, compiler) => {
  const check = compiler.optional(at, "unevaluatedProperties");
  if (check === undefined) return undefined;
  return everyMember((member, name, run) => {
    if (run.seen?.names.has(name)) return true;
    run.mark(name);
    return run.visit(check, member, name);
  });
};

/** The keywords of objects. */
export const objectKeywords: readonly Keyword[] = [propertyNames, members];
