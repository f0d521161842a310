import { UrlElicitationRequiredError } from "../errors.ts";
import type { Result } from "../protocol/index.ts";
import type { Context } from "./context.ts";
import type { InputRequired } from "./input-required.ts";

/** Whether a request goes on with a call that asked before, and nobody brought back what that left. */
export function isRetry(context: Context): boolean {
  const { requestState, inputResponses } = context.params;
  if (requestState === undefined && inputResponses === undefined) return false;
  return context.asks === "rounds" && context.begun?.round?.resumed !== true;
}

/** Brings back what the earlier rounds of the call left. */
export function resume(context: Context): Promise<void> {
  return context.asking((part, asking) => part.resume(asking, context.params));
}

/** Asks what a handler asked by its result; whether that has to run again now. */
export function fulfil(context: Context, asked: InputRequired): Promise<boolean> {
  return context.asking((part, asking) => part.fulfil(asking, asked));
}

/** Whether the round ends with questions, whatever its handler threw; some errors stand for questions. */
export async function endsBy(context: Context, error: unknown): Promise<boolean> {
  await context.begun?.opening;
  if (!context.ending && error instanceof UrlElicitationRequiredError && context.asks === "rounds") {
    await context.asking((part, asking) => part.askInstead(asking, error));
  }
  return context.ending;
}

/** Ends the round with its questions. */
export function suspend(context: Context): Promise<Result> {
  return context.asking((part, asking) => part.suspend(asking));
}

/** Whether there is something to undo. */
export function undoes(context: Context): boolean {
  return context.begun?.round?.undoes === true;
}

/** Runs what the handler left to undo. */
export async function unwind(context: Context, report: (error: unknown) => void): Promise<void> {
  await context.begun?.unwind(report);
}
