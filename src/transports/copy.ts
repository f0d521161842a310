import { limits } from "../limits.ts";

/** Thrown where only the text of a value can tell what comes of it. No `Error`, since nobody needs its stack. */
const UNCLEAR = Symbol("unclear");

/**
 * What JSON would make of a value, made without a text in between: nothing is shared with the value. Throws what
 * `JSON.stringify` throws.
 */
export function jsonCopy<T>(value: T): T {
  try {
    return copy(value, limits.depth) as T;
  } catch (problem) {
    if (problem !== UNCLEAR) throw problem;
    return JSON.parse(JSON.stringify(value)) as T;
  }
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  // JSON knows no minus zero.
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (typeof value !== "object" || depth === 0 || "toJSON" in value) throw UNCLEAR;
  if (Array.isArray(value)) return Array.from(value, (item) => copy(item, depth - 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) throw UNCLEAR;
  const copied: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    if (name === "__proto__") throw UNCLEAR;
    copied[name] = copy(member, depth - 1);
  }
  return copied;
}
