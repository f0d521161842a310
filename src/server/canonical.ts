import { isObject } from "../json.ts";

/** JSON text in which members stand in the order of their names, so that equal values give equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  if (typeof value["toJSON"] === "function") return canonical(value["toJSON"]());
  const members = Object.keys(value).filter((name) => value[name] !== undefined);
  return `{${members
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    .join()}}`;
}

/**
 * A short name for a text: 96 bits, of which nobody could choose two texts by chance. It protects nothing: who answers
 * questions chooses the answers anyway.
 */
export function digest(text: string): string {
  let [a, b, c] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995) ^ (b >>> 15);
    c = Math.imul(c ^ code, 0x27d4eb2f) ^ (c >>> 13);
  }
  return [a ^ (c >>> 16), b ^ (a >>> 16), c ^ (b >>> 16)].map((part) => (part >>> 0).toString(36)).join("");
}
