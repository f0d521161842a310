import { type Keyword, keysFor } from "./compiler.ts";
import { type Check, type Evaluation, refusal } from "./evaluation.ts";
import { hasMember, isObject } from "./json-schema.ts";

/** `properties` */
const properties: Keyword = (at, compiler) => {
  const names = keysFor(at, "properties");
  if (names.length === 0) return undefined;
  const checks = names.map((name) => compiler.child(at, "properties", name));
  return (value, run) => {
    if (!isObject(value)) return true;
    const { seen } = run;
    run.spend(names.length);
    let valid = true;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      if (!hasMember(value, name)) continue;
      seen?.names.add(name);
      if (run.visit(checks[i] as Check, value[name], name)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
};

type VisitMember = (value: Record<string, unknown>, name: string, run: Evaluation) => boolean;

/** Whether each member of an object is right; all of them are looked at when issues are collected. */
function everyMember(visitMember: VisitMember, except?: ReadonlySet<string>): Check {
  return (value, run) => {
    if (!isObject(value)) return true;
    let valid = true;
    for (const name in value) {
      run.spend(1);
      if (except?.has(name) || !hasMember(value, name) || visitMember(value, name, run)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
}

/** `patternProperties` and `additionalProperties` */
const otherProperties: Keyword = (at, compiler) => {
  const patterns = keysFor(at, "patternProperties").map((source) => ({
    test: compiler.pattern(at, "patternProperties", source),
    check: compiler.child(at, "patternProperties", source),
  }));
  const additional = compiler.optional(at, "additionalProperties");
  if (patterns.length === 0 && additional === undefined) return undefined;
  const known = new Set(keysFor(at, "properties"));
  return everyMember(
    (value, name, run) => {
      let valid = true;
      let matched = known.has(name);
      for (const { test, check } of patterns) {
        if (!test(name, run)) continue;
        matched = true;
        run.seen?.names.add(name);
        valid = run.visit(check, value[name], name) && valid;
      }
      if (matched || additional === undefined) return valid;
      run.seen?.names.add(name);
      return run.visit(additional, value[name], name);
    },
    patterns.length === 0 ? known : undefined,
  );
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
  return everyMember((value, name, run) => {
    if (run.seen?.names.has(name)) return true;
    run.seen?.names.add(name);
    return run.visit(check, value[name], name);
  });
};

/** The keywords of objects. */
export const objectKeywords: readonly Keyword[] = [propertyNames, properties, otherProperties];
