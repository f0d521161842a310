import { isObject } from "../../json.ts";
import { limits } from "../../limits.ts";

/**
 * How long an answer stays fresh, in milliseconds. What is missing or makes no sense is 0, and nothing is for ever. A
 * result that asks back is no answer.
 */
export function ttlOf(result: unknown): number {
  const ttl = isObject(result) && result["resultType"] !== "input_required" ? result["ttlMs"] : undefined;
  return typeof ttl === "number" && ttl > 0 ? Math.min(ttl, limits.cacheTime) : 0;
}
