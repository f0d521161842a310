import type { Revision } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";

/** @internal What is wrong with an answer to a question of this method, or undefined. */
export function answerProblem(version: Revision, method: string, answer: unknown): string | undefined {
  return methodsOf(version).questions.get(method)?.result?.(answer);
}
