import { isWrittenOnce } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";

/** Thrown where only the text of a value can tell what comes of it. No `Error`, since nobody needs its stack. */
const UNCLEAR = Symbol("unclear");

/**
 * What JSON would make of a value, made without a text in between: nothing is shared with the value but what is
 * frozen for good. Throws what `JSON.stringify` throws.
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
  if (typeof value !== "object" || depth === 0 || (value as Record<string, unknown>)["toJSON"] !== undefined) {
    throw UNCLEAR;
  }
  if (Array.isArray(value)) return copyArray(value, depth);
  // JSON makes something else of a `String`, a `Number` or a `Boolean` that is an object.
  if (value.constructor !== Object) throw UNCLEAR;
  // The engine takes over the shape of an object at once, for a quarter of what its members cost one by one.
  const copied = { ...value } as Record<string, unknown>;
  for (const name in copied) {
    if (!Object.prototype.hasOwnProperty.call(copied, name)) continue;
    const member = copied[name];
    if (typeof member === "string" || (name === "_meta" && isWrittenOnce(member))) continue;
    if (member === undefined) return copyPresent(copied, depth);
    copied[name] = copy(member, depth - 1);
  }
  return copied;
}

/** The same for an object of which some members are undefined. */
function copyPresent(value: Record<string, unknown>, depth: number): unknown {
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return copy(Object.fromEntries(present), depth);
}

function copyArray(list: readonly unknown[], depth: number): unknown[] {
  const copied: unknown[] = [];
  for (let at = 0; at < list.length; at++) copied.push(copy(list[at], depth - 1));
  return copied;
}
