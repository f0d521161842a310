import { appendSegment, type Issue, MAX_ISSUES } from "../index.ts";
import type { SchemaResource, Subschema } from "./references.ts";

/** A compiled schema or keyword: whether a value matches. It reports issues only when the evaluation collects them. */
export type Check = (value: unknown, run: Evaluation) => boolean;

const ofTheWhole = (message: string): Issue => Object.freeze({ pointer: "", schemaPointer: "", message });

/** The issue of a value that is not the same whenever it is looked at, so that no keyword could be named. */
export const mismatch: Issue = ofTheWhole("must match the schema");

/** Thrown where the work is used up. No `Error`, since nobody needs its stack. */
export const outOfWork: Issue = ofTheWhole("validation was stopped: the schema makes too much work of this value");

/** Thrown where references nest too deeply, be it that they lead in a circle or that the value is deep. */
export const tooDeep: Issue = ofTheWhole(
  "validation was stopped: the value or the references of the schema nest too deeply",
);

/** How many schemas may be entered within one another before the stack of the program is in danger. */
const MAX_DEPTH = 800;

/** From so many members on, the engines of JavaScript keep an object as a table. */
const LARGE_OBJECT = 1_000;

/** Which members or items of one value were evaluated: what `unevaluatedProperties` and `unevaluatedItems` ask for. */
export class Seen {
  readonly names: Set<string> = new Set();
  readonly items: Set<number> = new Set();
  /** Items before this index are evaluated. */
  upTo = 0;

  /** Takes over what a schema at the same value has evaluated. */
  add(other: Seen, run: Evaluation): void {
    run.spend(4 * (1 + other.names.size + other.items.size));
    for (const name of other.names) this.names.add(name);
    for (const index of other.items) this.items.add(index);
    this.upTo = Math.max(this.upTo, other.upTo);
  }
}

/** What one pass over one value remembers. */
export class Evaluation {
  /** Steps that are left. */
  work: number;
  /** Where issues go; `undefined` while only the verdict is wanted. */
  issues: Issue[] | undefined;
  /** What is known to be evaluated of the value at hand; `undefined` where nobody asks. */
  seen: Seen | undefined;
  /** The resources that were entered, outermost first, where dynamic references need them. */
  readonly scope: SchemaResource[];
  /** The way to the value at hand; `undefined` while nobody needs to know it. */
  readonly #path: (string | number)[] | undefined;
  #depth = 0;

  constructor(work: number, scope: SchemaResource[], collect: boolean, tracks: boolean) {
    this.work = work;
    this.issues = collect ? [] : undefined;
    this.seen = undefined;
    this.scope = scope;
    this.#path = collect || tracks ? [] : undefined;
  }

  /** Pays for work that grows with the value or the schema. */
  spend(steps: number): void {
    this.work -= steps;
    if (this.work < 0) throw outOfWork;
  }

  /** Pays for the n-th member of an object. A large object is a table, in which each costs much more. */
  spendOnMember(index: number): void {
    this.spend(index > LARGE_OBJECT ? 8 : 1);
  }

  /** Remembers that a member was evaluated, where somebody asks. */
  mark(name: string): void {
    if (this.seen === undefined) return;
    this.spend(4);
    this.seen.names.add(name);
  }

  /** Checks a member or an item. */
  visit(check: Check, value: unknown, key: string | number): boolean {
    const path = this.#path;
    if (path === undefined) return check(value, this);
    const { seen } = this;
    this.seen = undefined;
    path.push(key);
    const valid = check(value, this);
    path.pop();
    this.seen = seen;
    return valid;
  }

  /** Goes deeper into what has no end of its own: references, and values compared as a whole. */
  enter(levels: number): void {
    this.spend(1);
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH) throw tooDeep;
  }

  /** Comes back from what was entered. */
  leave(levels: number): void {
    this.#depth -= levels;
  }

  /** The verdict of a check whose issues nobody should hear, at the value itself or, with a key, at a member. */
  quietly(check: Check, value: unknown, key?: string | number): boolean {
    const { issues } = this;
    this.issues = undefined;
    const valid = key === undefined ? check(value, this) : this.visit(check, value, key);
    this.issues = issues;
    return valid;
  }

  /** Whether a loop that met an issue may end: nobody wants another one. */
  get satisfied(): boolean {
    return this.issues === undefined || this.issues.length >= MAX_ISSUES;
  }

  /** Where the value at hand is. */
  get pointer(): string {
    return (this.#path ?? []).reduce<string>(appendSegment, "");
  }
}

/** Reports the issue of one keyword, when issues are wanted, with `name` after its message; always `false`. */
export type Refusal = (run: Evaluation, name?: string) => false;

/** The refusal of the keyword at a schema; without a keyword that of the schema as a whole. */
export function refusal(at: Subschema, keyword: string, message: string): Refusal {
  return (run, name) => {
    const { issues } = run;
    if (issues === undefined || issues.length >= MAX_ISSUES) return false;
    const schemaPointer = keyword === "" ? at.pointer : appendSegment(at.pointer, keyword);
    const text = name === undefined ? message : `${message} ${JSON.stringify(name.slice(0, 100))}`;
    issues.push({ pointer: run.pointer, schemaPointer, message: text });
    return false;
  };
}

/** All of the checks at the same value. When issues are collected, every one of them speaks. */
export function every(checks: readonly Check[]): Check {
  const [first, second, third] = checks;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) {
    return (value, run) => {
      if (first(value, run)) return second(value, run);
      if (!run.satisfied) second(value, run);
      return false;
    };
  }
  return (value, run) => {
    let valid = true;
    for (let i = 0; i < checks.length; i++) {
      if ((checks[i] as Check)(value, run)) continue;
      if (run.satisfied) return false;
      valid = false;
    }
    return valid;
  };
}
