import { isObject } from "../../json.ts";
import type { Evaluation } from "./evaluation.ts";

/** Whether two JSON values are equal. The order of members does not matter. */
export function isEqual(a: unknown, b: unknown, run: Evaluation): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  run.enter(1);
  const equal = Array.isArray(a) ? hasEqualItems(a, b, run) : hasEqualMembers(a, b, run);
  run.leave(1);
  return equal;
}

function hasEqualItems(a: readonly unknown[], b: unknown, run: Evaluation): boolean {
  return Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index], run));
}

function hasEqualMembers(a: object, b: unknown, run: Evaluation): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  run.spend(names.length);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name], run))
  );
}

/** Whether no two items are equal, in time that grows with the size of the items alone. */
export function areUnique(items: readonly unknown[], run: Evaluation): boolean {
  if (items.length < 2) return true;
  run.spend(items.length * 4);
  const scalars = new Set<unknown>();
  const byHash = new Map<number, unknown[]>();
  for (const item of items) {
    if (typeof item !== "object" || item === null) {
      const { size } = scalars;
      if (scalars.add(item).size === size) return false;
      continue;
    }
    const hash = hashOf(item, run);
    const alike = byHash.get(hash);
    if (alike === undefined) byHash.set(hash, [item]);
    else if (alike.some((other) => isEqual(item, other, run))) return false;
    else alike.push(item);
  }
  return true;
}

/** A number that equal values share. Values that are made to share it cost comparisons, which are paid for. */
function hashOf(value: unknown, run: Evaluation): number {
  if (typeof value === "string") return hashOfText(value, run);
  if (typeof value === "number") return Number.isInteger(value) ? value | 0 : hashOfText(String(value), run);
  if (typeof value !== "object" || value === null) return value === true ? 1 : 2;
  run.enter(1);
  let hash = 3;
  if (Array.isArray(value)) {
    for (const item of value) hash = (Math.imul(hash, 31) + hashOf(item, run)) | 0;
  } else {
    for (const [name, member] of Object.entries(value)) {
      // A sum, so that the order of the members does not matter.
      hash = (hash + Math.imul(hashOfText(name, run) ^ Math.imul(hashOf(member, run), 0x9e3779b1), 0x85ebca6b)) | 0;
    }
  }
  run.leave(1);
  return hash;
}

function hashOfText(text: string, run: Evaluation): number {
  run.spend(1 + (text.length >> 3));
  let hash = 5381;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 33) + text.charCodeAt(i)) | 0;
  return hash;
}
