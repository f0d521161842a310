import type { Issue } from "../schema/index.ts";

/** @internal What is wrong with a value, a line for each issue. */
export function describe(issues: readonly Issue[]): string {
  return issues.map(({ pointer, message }) => `${pointer === "" ? "the value" : pointer}: ${message}`).join("\n");
}
