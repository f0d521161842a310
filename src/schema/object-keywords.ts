import { countOf, type Keyword, keysOf } from "./compiler.ts";
import { type Check, type Evaluation, plural, refusal } from "./evaluation.ts";
import { hasMember, isObject } from "./json-schema.ts";
import { valueOf } from "./references.ts";

/** `properties` */
const properties: Keyword = (at, compiler) => {
  const names = keysOf(at, "properties");
  if (names.length === 0) return undefined;
  const checks = names.map((name) => compiler.child(at, "properties", name));
  return (value, run) => {
    if (!isObject(value)) return true;
    const { seen } = run;
    run.spend(names.length);
    let valid = true;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const member = value[name];
      if (member === undefined || !Object.hasOwn(value, name)) continue;
      seen?.names.add(name);
      if (run.visit(checks[i] as Check, member, name)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
};

/** `patternProperties` and `additionalProperties` */
const otherProperties: Keyword = (at, compiler) => {
  const patterns = keysOf(at, "patternProperties").map((source) => ({
    test: compiler.pattern(at, "patternProperties", source),
    check: compiler.child(at, "patternProperties", source),
  }));
  const closed = valueOf(at, "additionalProperties") !== undefined;
  if (patterns.length === 0 && !closed) return undefined;
  const additional = closed ? compiler.child(at, "additionalProperties") : undefined;
  const known = new Set(keysOf(at, "properties"));
  const visitMember: VisitMember = (value, name, run) => {
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
  };
  const except = patterns.length === 0 ? known : undefined;
  return (value, run) => !isObject(value) || everyMember(value, visitMember, run, except);
};

type VisitMember = (value: Record<string, unknown>, name: string, run: Evaluation) => boolean;

/** Whether each member of an object is right; all of them are looked at when issues are collected. */
function everyMember(
  value: Record<string, unknown>,
  visitMember: VisitMember,
  run: Evaluation,
  except?: ReadonlySet<string>,
): boolean {
  let valid = true;
  for (const name in value) {
    run.spend(1);
    if (except?.has(name) || !hasMember(value, name) || visitMember(value, name, run)) continue;
    if (run.satisfied) return false;
    valid = false;
  }
  return valid;
}

/** `propertyNames` */
const propertyNames: Keyword = (at, compiler) => {
  if (valueOf(at, "propertyNames") === undefined) return undefined;
  const check = compiler.child(at, "propertyNames");
  const refuse = refusal(at, "propertyNames", "must not have a property of the name");
  const visitName: VisitMember = (_, name, run) => run.quietly(check, name, name) || refuse(run, name);
  return (value, run) => !isObject(value) || everyMember(value, visitName, run);
};

/** `minProperties` and `maxProperties` */
const size: Keyword = (at) => {
  const least = countOf(at, "minProperties") ?? 0;
  const most = countOf(at, "maxProperties") ?? Number.POSITIVE_INFINITY;
  if (least === 0 && most === Number.POSITIVE_INFINITY) return undefined;
  const few = refusal(at, "minProperties", `must have at least ${plural(least, "property")}`);
  const many = refusal(at, "maxProperties", `must have at most ${plural(most, "property")}`);
  return (value, run) => {
    if (!isObject(value)) return true;
    let count = 0;
    for (const name in value) if (hasMember(value, name)) count++;
    run.spend(count);
    return count < least ? few(run) : count <= most || many(run);
  };
};

/** The keywords of objects. */
export const objectKeywords: readonly Keyword[] = [size, propertyNames, properties, otherProperties];

/** `unevaluatedProperties`: the members that no other keyword of its schema has looked at. */
export const unevaluatedProperties: Keyword = (at, compiler) => {
  if (!compiler.document.tracks || valueOf(at, "unevaluatedProperties") === undefined) return undefined;
  const check = compiler.child(at, "unevaluatedProperties");
  const visitMember: VisitMember = (value, name, run) => {
    if (run.seen?.names.has(name)) return true;
    run.seen?.names.add(name);
    return run.visit(check, value[name], name);
  };
  return (value, run) => !isObject(value) || everyMember(value, visitMember, run);
};
