import { type Compiler, type Keyword, keysOf, namesOf, wrongValue } from "./compiler.ts";
import { type Check, every, plural, refusal } from "./evaluation.ts";
import { hasMember, isObject, type Issue, MAX_ISSUES } from "./json-schema.ts";
import { type Subschema, valueOf } from "./references.ts";

/** `$ref` */
const ref: Keyword = (at, compiler) => {
  const reference = referenceOf(at, "$ref");
  return reference === undefined ? undefined : follow(at, compiler, compiler.document.resolve(at, reference));
};

/** `$dynamicRef` */
const dynamicRef: Keyword = (at, compiler) => {
  const reference = at.resource.dialect === "2020-12" ? referenceOf(at, "$dynamicRef") : undefined;
  if (reference === undefined) return undefined;
  const { document } = compiler;
  const initial = document.resolve(at, reference);
  const name = reference.slice(reference.indexOf("#") + 1);
  const direct = follow(at, compiler, initial);
  if (!document.hasDynamicScope || initial.resource.dynamicAnchors.get(name) !== initial) return direct;
  const checks = new Map<unknown, Check>();
  for (const resource of document.resources) {
    const target = resource.dynamicAnchors.get(name);
    if (target !== undefined) checks.set(resource, follow(at, compiler, target));
  }
  return (value, run) => {
    run.spend(run.scope.length);
    const outermost = run.scope.find((resource) => checks.has(resource));
    return (checks.get(outermost) ?? direct)(value, run);
  };
};

function referenceOf(at: Subschema, keyword: string): string | undefined {
  const reference = valueOf(at, keyword);
  if (reference === undefined || typeof reference === "string") return reference;
  throw wrongValue(at, keyword, "a string");
}

function follow(at: Subschema, compiler: Compiler, to: Subschema): Check {
  const target = compiler.target(to);
  const levels = at.depth + 1;
  const scoped = compiler.document.hasDynamicScope;
  return (value, run) => {
    run.enter(levels);
    if (scoped) run.scope.push(to.resource);
    const valid = target.check(value, run);
    if (scoped) run.scope.pop();
    run.leave(levels);
    return valid;
  };
}

function listOf(at: Subschema, keyword: string, compiler: Compiler): Check[] | undefined {
  const value = valueOf(at, keyword);
  if (value === undefined) return undefined;
  return (value as readonly unknown[]).map((_, index) => compiler.child(at, keyword, index));
}

/** `allOf` */
const allOf: Keyword = (at, compiler) => {
  const checks = listOf(at, "allOf", compiler);
  if (checks === undefined) return undefined;
  const all = every(checks);
  return (value, run) => {
    run.spend(checks.length);
    return all(value, run);
  };
};

/** `anyOf` and `oneOf` */
const alternatives =
  (keyword: "anyOf" | "oneOf"): Keyword =>
  (at, compiler) => {
    const checks = listOf(at, keyword, compiler);
    if (checks === undefined) return undefined;
    const one = keyword === "oneOf";
    const none = refusal(at, keyword, `must match one of ${plural(checks.length, "alternative")}`);
    const several = refusal(at, keyword, `must match only one of ${plural(checks.length, "alternative")}`);
    return (value, run) => {
      run.spend(checks.length);
      const { issues } = run;
      let matches = 0;
      let nearest: readonly Issue[] | undefined;
      for (const check of checks) {
        run.issues = issues === undefined ? undefined : [];
        if (check(value, run)) {
          matches++;
          // Who asks what was evaluated wants to hear every alternative of `anyOf`.
          if (one ? matches > 1 : run.seen === undefined) break;
        } else if (run.issues !== undefined && isNearer(run.issues, nearest, run.pointer)) nearest = run.issues;
      }
      run.issues = issues;
      if (one ? matches === 1 : matches > 0) return true;
      if (matches > 0) return several(run);
      none(run);
      issues?.push(...(nearest ?? []).slice(0, MAX_ISSUES - issues.length));
      return false;
    };
  };

/** An alternative is near when the value has its type, so that only members are wrong, and when few are. */
function isNearer(issues: readonly Issue[], than: readonly Issue[] | undefined, pointer: string): boolean {
  const distance = (list: readonly Issue[]) => list.length + (list[0]?.pointer === pointer ? MAX_ISSUES : 0);
  return than === undefined || distance(issues) < distance(than);
}

/** `not` */
const not: Keyword = (at, compiler) => {
  if (valueOf(at, "not") === undefined) return undefined;
  const check = compiler.child(at, "not");
  const refuse = refusal(at, "not", 'must not match the schema under "not"');
  return (value, run) => {
    run.spend(1);
    const { seen } = run;
    run.seen = undefined;
    const matches = run.quietly(check, value);
    run.seen = seen;
    return !matches || refuse(run);
  };
};

/** `if`, `then` and `else` */
const conditional: Keyword = (at, compiler) => {
  if (valueOf(at, "if") === undefined) return undefined;
  const [test, yes, no] = ["if", "then", "else"].map((keyword) =>
    valueOf(at, keyword) === undefined ? every([]) : compiler.child(at, keyword),
  ) as [Check, Check, Check];
  return (value, run) => {
    run.spend(1);
    return (run.quietly(test, value) ? yes : no)(value, run);
  };
};

/** `dependentRequired`, `dependentSchemas` and their forerunner `dependencies` */
const dependent =
  (keyword: "dependentRequired" | "dependentSchemas" | "dependencies"): Keyword =>
  (at, compiler) => {
    if ((keyword === "dependencies") !== (at.resource.dialect === "draft-07")) return undefined;
    const map = valueOf(at, keyword) as Record<string, unknown>;
    const checks = keysOf(at, keyword).map((name): [string, Check] => {
      const demand = map[name];
      if (keyword === "dependentSchemas" || !(keyword === "dependentRequired" || Array.isArray(demand))) {
        return [name, compiler.child(at, keyword, name)];
      }
      return [name, requireNames(at, keyword, namesOf(at, keyword, demand))];
    });
    if (checks.length === 0) return undefined;
    return (value, run) => {
      if (!isObject(value)) return true;
      run.spend(checks.length);
      let valid = true;
      for (const [name, check] of checks) {
        if (!hasMember(value, name) || check(value, run)) continue;
        if (run.satisfied) return false;
        valid = false;
      }
      return valid;
    };
  };

/** `required` */
const required: Keyword = (at) => {
  const names = valueOf(at, "required");
  return names === undefined ? undefined : requireNames(at, "required", namesOf(at, "required", names));
};

function requireNames(at: Subschema, keyword: string, names: readonly string[]): Check {
  const refuse = refusal(at, keyword, "must have the property");
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(names.length);
    let valid = true;
    for (const name of names) {
      if (hasMember(value, name)) continue;
      valid = refuse(run, name);
      if (run.satisfied) return false;
    }
    return valid;
  };
}

/** The keywords that lead elsewhere. In draft-07 `$ref` acts alone. */
export const referenceKeywords: readonly Keyword[] = [ref, dynamicRef];
/** The keywords that look at the same value through other schemas, or at which members it has. */
export const combiningKeywords: readonly Keyword[] = [
  required,
  dependent("dependentRequired"),
  dependent("dependentSchemas"),
  dependent("dependencies"),
  allOf,
  alternatives("anyOf"),
  alternatives("oneOf"),
  not,
  conditional,
];
