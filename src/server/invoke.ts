import { DefinitionError, InternalError, ProtocolError } from "../errors.ts";
import { isAborted, type Params, type Request, type Response, Serialized } from "../jsonrpc/index.ts";
import type { Method, Result } from "../protocol/index.ts";
import type { Context } from "./context.ts";
import type { Wire } from "./wire.ts";

/** How one method is answered; `T` is what the request is about, such as the tool that it names. */
export interface Answer<T = unknown> {
  /** Finds what the request is about. Throws a `ProtocolError` when there is no such thing. */
  find(params: Params, context: Context, wire: Wire): T;
  /** Starts the work, and gives its outcome or a promise of it. */
  run(target: T, params: Params, context: Context, wire: Wire): unknown;
  /** Makes the result of what {@link run} gave; left out where that is the result. */
  result?(target: T, value: never): Result | Promise<Result>;
  /** Makes a result of what the work threw, where that is no protocol error. */
  failed?(target: T, error: unknown, report: (error: unknown) => void): Result | undefined;
}

/** Tells the author of what a caller sees in general words, or not at all. */
export interface Reporter {
  report(error: unknown, request: Request): void;
}

/**
 * Answers one request, exactly once and whatever the handler does. The one async function on the way of a request: a
 * second one around it would cost a fifth of the whole.
 */
export async function invoke(
  answer: Answer,
  method: Method,
  request: Request,
  context: Context,
  wire: Wire,
  reporter: Reporter,
): Promise<Response> {
  try {
    const params = request.params ?? NONE;
    const target = answer.find(params, context, wire);
    let value: unknown;
    let result: Result | undefined;
    try {
      value = answer.run(target, params, context, wire);
      if (isPromise(value)) value = await value;
    } catch (error) {
      if (error instanceof ProtocolError || isAborted(context.underlying)) throw error;
      const report = reportOf(reporter, request);
      result = answer.failed?.(target, error, report);
      if (result === undefined) throw error;
      await context.unwind(report);
    }
    if (value instanceof Serialized) return { jsonrpc: "2.0", id: request.id, result: value };
    if (result === undefined) {
      const made = answer.result === undefined ? (value as Result) : answer.result(target, value as never);
      // What is there at once is not awaited: each further turn costs about a fifth of the whole.
      result = isPromise(made) ? await made : made;
    }
    const problem = method.result?.(result);
    if (problem !== undefined) throw new DefinitionError(`${method.name} was given what is no result: ${problem}`);
    return { jsonrpc: "2.0", id: request.id, result: wire.result(method, result) };
  } catch (error) {
    const report = reportOf(reporter, request);
    await context.unwind(report);
    // Of a call that nobody waits for, an error is as good as an answer.
    const told = isAborted(context.underlying) ? new InternalError() : toProtocolError(error, report);
    return { jsonrpc: "2.0", id: request.id, error: wire.error(told) };
  }
}

/**
 * Answers a request that stays open by itself, for hours and beside thousands of others. Meanwhile nothing is held but
 * what its work holds: no frame of a function that waits, and not the request. Only its beginning can fail.
 */
export function invokeStaying(
  answer: Answer,
  method: Method,
  { id, params = NONE }: Request,
  context: Context,
  wire: Wire,
): Promise<Response> {
  const target = answer.find(params, context, wire);
  const staying = answer.run(target, params, context, wire) as Promise<Result>;
  return staying.then((result) => ({ jsonrpc: "2.0", id, result: wire.result(method, result) }));
}

/** Made where something failed, and not for each request. */
function reportOf(reporter: Reporter, request: Request): (error: unknown) => void {
  return (error) => reporter.report(error, request);
}

const NONE: Params = Object.freeze({});

/** What travels for an error: itself, where it was meant to; else general words, and the cause goes to the author. */
export function toProtocolError(error: unknown, report: (error: unknown) => void): ProtocolError {
  if (error instanceof ProtocolError && Number.isSafeInteger(error.code)) return error;
  report(error);
  return new InternalError();
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
