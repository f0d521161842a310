import { isObject } from "../../json.ts";
import { type Compiler, type Keyword, keysFor, textFor, valueFor } from "./compiler.ts";
import { type Check, every, refusal } from "./evaluation.ts";
import { areNames, hasMember, type Issue, MAX_ISSUES } from "../index.ts";
import { type Subschema, valueOf } from "./references.ts";

/** `$ref` */
const ref: Keyword = (at, compiler) => {
  const reference = textFor(at, "$ref");
  return reference === undefined ? undefined : follow(at, compiler, compiler.document.resolve(at, reference));
};

/** `$dynamicRef` */
const dynamicRef: Keyword = (at, compiler) => {
  const reference = textFor(at, "$dynamicRef");
  if (reference === undefined) return undefined;
  const { document } = compiler;
  const initial = document.resolve(at, reference);
  const direct = follow(at, compiler, initial);
  const name = reference.split("#")[1] ?? "";
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

/** `allOf` */
const allOf: Keyword = (at, compiler) => {
  const checks = compiler.list(at, "allOf");
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
    const checks = compiler.list(at, keyword);
    if (checks === undefined) return undefined;
    const one = keyword === "oneOf";
    const none = refusal(at, keyword, `must match one of ${checks.length} alternatives`);
    const several = refusal(at, keyword, `must match only one of ${checks.length} alternatives`);
    return (value, run) => {
      run.spend(checks.length);
      const { issues } = run;
      let matches = 0;
      let nearest: readonly Issue[] | undefined;
      for (const check of checks) {
        run.issues = issues && [];
        if (check(value, run)) {
          matches++;
          // Who asks what was evaluated wants to hear every alternative of `anyOf`.
          if (one ? matches > 1 : run.seen === undefined) break;
        } else if (run.issues && isNearer(run.issues, nearest, run.pointer)) nearest = run.issues;
      }
      run.issues = issues;
      if (matches > 0) return matches === 1 || !one || several(run);
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
  const check = compiler.optional(at, "not");
  if (check === undefined) return undefined;
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
  const test = compiler.optional(at, "if");
  if (test === undefined) return undefined;
  const yes = compiler.optional(at, "then") ?? every([]);
  const no = compiler.optional(at, "else") ?? every([]);
  return (value, run) => {
    run.spend(1);
    return (run.quietly(test, value) ? yes : no)(value, run);
  };
};

/** `dependentRequired`, `dependentSchemas`, and `dependencies`, which was both and may still be used */
const dependent =
  (keyword: "dependentRequired" | "dependentSchemas" | "dependencies"): Keyword =>
  (at, compiler) => {
    const names = keysFor(at, keyword);
    if (names.length === 0) return undefined;
    const demands = valueOf(at, keyword) as Record<string, unknown>;
    const checks = names.map((name): Check => {
      const demand = demands[name];
      const isList = keyword === "dependentRequired" || (keyword === "dependencies" && Array.isArray(demand));
      if (isList && !areNames(demand)) valueFor(at, keyword, "lists of names", () => false);
      const check = isList ? requireNames(at, keyword, demand as string[]) : compiler.child(at, keyword, name);
      return (value, run) => !isObject(value) || !hasMember(value, name) || check(value, run);
    });
    const all = every(checks);
    return (value, run) => {
      run.spend(checks.length);
      return all(value, run);
    };
  };

/** `required` */
const required: Keyword = (at) => {
  const names = valueFor<readonly string[] | undefined>(at, "required", "a list of names", areNames);
  return names && requireNames(at, "required", names);
};

function requireNames(at: Subschema, keyword: string, names: readonly string[]): Check {
  const refuse = refusal(at, keyword, "must have the property");
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(names.length);
    let valid = true;
    for (const name of names) if (!hasMember(value, name)) valid = refuse(run, name);
    return valid;
  };
}

/** The keywords that look at the same value through other schemas, or at which members it has, in both dialects. */
export const combining: readonly Keyword[] = [
  required,
  allOf,
  alternatives("anyOf"),
  alternatives("oneOf"),
  not,
  conditional,
  dependent("dependencies"),
];
/** Those of 2020-12 alone. */
export const combining2020: readonly Keyword[] = [
  ref,
  dynamicRef,
  dependent("dependentRequired"),
  dependent("dependentSchemas"),
];
/** `$ref` of draft-07, which acts alone. */
export const bareReference: readonly Keyword[] = [ref];
