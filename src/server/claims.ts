import { DefinitionError, ProtocolError } from "../errors.ts";
import { isAborted, type Params } from "../jsonrpc/index.ts";
import type { CallToolResult, Result, Revision } from "../protocol/index.ts";
import { callToolResult } from "../protocol/methods/index.ts";
import { endsBy, fulfil, undoes, unwind } from "./between-rounds.ts";
import type { Context } from "./context.ts";
import { InputRequired } from "./input-required.ts";
import { ToolResult } from "./result.ts";
import { givenUp } from "./given-up.ts";

/** Runs a tool once, and gives the result of the call; rejects with what the call as a whole fails with. */
export type ToolWork = (context?: Context) => Promise<CallToolResult>;

/** What the option of an extension does to one tool. */
export interface ToolClaim {
  /** Stands around each call. A result with a `resultType` of the extension passes as it is. */
  around?(work: ToolWork, context: Context, input: unknown): Result | Promise<Result>;
  /** More members for the tool's entry in the lists of a revision. */
  members?(revision: Revision): object | undefined;
}

/** A tool, as the claim of an option sees it. */
export interface ClaimedTool {
  readonly name: string;
  readonly options: object;
  /** Calls the tool with arguments as a client sent them, for an extension that goes on with a call of its own. */
  call(given: Params, context: Context): Promise<Result>;
}

/** Reads the option of one tool when it is registered. Throws a `DefinitionError` for a value that makes no sense. */
export type ToolOptionClaim = (value: any, tool: ClaimedTool) => ToolClaim;

/** The result of a call that needs no more checks. */
export class Settled extends ToolResult {}

/** How the calls of one tool end. */
export interface Finishing {
  handler(input: never, context: Context): unknown;
  result(value: unknown): CallToolResult | Promise<CallToolResult>;
  /** The result of a handler that threw; `undefined` where the call fails. */
  failed(error: unknown): Result | undefined;
  readonly report: (problem: unknown) => void;
}

/** The handler of a tool with claims on it. */
export function claimed(
  claims: readonly ToolClaim[],
  finishing: Finishing,
): (input: never, context: Context) => Promise<Settled> {
  type Run = (input: never, context: Context) => Promise<Result>;
  const run = claims.reduceRight<Run>(
    (next, claim) => {
      if (claim.around === undefined) return next;
      const work = (input: never, context: Context) => next(input, context) as Promise<CallToolResult>;
      return async (input, context) =>
        (claim as Required<ToolClaim>).around((other = context) => work(input, other), context, input);
    },
    (input, context) => finished(finishing, input, context),
  );
  return async (input, context) => new Settled((await run(input, context)) as CallToolResult);
}

async function finished(finishing: Finishing, input: never, context: Context): Promise<CallToolResult> {
  let value: unknown;
  try {
    do value = await finishing.handler(input, context);
    while (value instanceof InputRequired && (await fulfil(context, value)));
  } catch (error) {
    if (isAborted(context.underlying) || (await endsBy(context, error)) || error instanceof ProtocolError) throw error;
    const told = finishing.failed(error);
    if (told === undefined) throw error;
    await unwind(context, finishing.report);
    return told as CallToolResult;
  }
  // The answer is a question, whatever stands around the call makes of this.
  if (context.ending) throw context.rounds;
  if (undoes(context) && isAborted(context.underlying)) throw givenUp();
  const made = await finishing.result(value);
  const problem = callToolResult(made);
  if (problem !== undefined) throw new DefinitionError(`tools/call was given what is no result: ${problem}`);
  if (made.isError === true) await unwind(context, finishing.report);
  return made;
}
