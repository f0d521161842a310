import { DefinitionError, InternalError, ProtocolError } from "../errors.ts";
import { type Exchange, isAborted, type Params, type Request, type Response, Serialized } from "../jsonrpc/index.ts";
import type { Result, Method } from "../protocol/index.ts";
import type { Context } from "./context.ts";
import { givenUp } from "./given-up.ts";
import { InputRequired } from "./input-required.ts";
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
export async function invoke(answer: Answer, method: Method, context: Context, reporter: Reporter): Promise<Response> {
  const { request, wire } = context;
  try {
    const params = request.params ?? NONE;
    const target = answer.find(params, context, wire);
    let value: unknown;
    let result: Result | undefined;
    try {
      if (method.asks === true && context.isRetry) await context.resume();
      value = answer.run(target, params, context, wire);
      if (isPromise(value)) value = await value;
      while (value instanceof InputRequired && (await context.fulfil(value))) {
        value = await answer.run(target, params, context, wire);
      }
    } catch (error) {
      if (isAborted(context.underlying)) throw error;
      if (!(await context.endsBy(error))) {
        if (error instanceof ProtocolError) throw error;
        result = answer.failed?.(target, error, reportOf(reporter, request));
        if (result === undefined) throw error;
      }
    }
    const opening = context.begun?.opening;
    if (opening !== undefined) await opening;
    if (context.ending) {
      result = await context.suspend();
      return { jsonrpc: "2.0", id: request.id, result: wire.result(method, result) };
    }
    if (context.undoes && isAborted(context.underlying)) throw givenUp();
    if (value instanceof Serialized) return { jsonrpc: "2.0", id: request.id, result: value };
    if (result === undefined) {
      const made = answer.result === undefined ? (value as Result) : answer.result(target, value as never);
      // What is there at once is not awaited: each further turn costs about a fifth of the whole.
      result = isPromise(made) ? await made : made;
    }
    const problem = checkOf(method, result)?.(result);
    if (problem !== undefined) throw new DefinitionError(`${method.name} was given what is no result: ${problem}`);
    const written = wire.result(method, result);
    if ((result as { readonly isError?: boolean }).isError === true) await context.unwind(reportOf(reporter, request));
    return { jsonrpc: "2.0", id: request.id, result: written };
  } catch (error) {
    const report = reportOf(reporter, request);
    await context.unwind(report);
    return { jsonrpc: "2.0", id: request.id, error: wire.error(told(error, context, report)) };
  }
}

/**
 * The same, where middleware stands around the handler. What middleware asks belongs to the same round, so that it ends
 * here where it did not end within.
 */
export async function invokeThrough(
  chain: Exchange,
  method: Method,
  context: Context,
  reporter: Reporter,
): Promise<Response> {
  const { request, wire, rounds } = context;
  const { id } = request;
  try {
    let response: Response | undefined;
    let ends = false;
    if (method.asks === true && context.isRetry) await context.resume();
    try {
      response = await chain(request, context.underlying);
    } catch (error) {
      ends = await context.endsBy(error);
      if (!ends || isAborted(context.underlying)) throw error;
    }
    await rounds.opening;
    if (ends || (context.ending && rounds.round?.closed !== true)) {
      return { jsonrpc: "2.0", id, result: wire.result(method, await context.suspend()) };
    }
    const given = response as Response;
    if (given.error !== undefined) await rounds.unwind(reportOf(reporter, request));
    if (given.error !== undefined || given.result instanceof Serialized) return given;
    // Middleware made it by itself.
    return { jsonrpc: "2.0", id, result: wire.result(method, given.result as Result) };
  } catch (error) {
    const report = reportOf(reporter, request);
    await rounds.unwind(report);
    return { jsonrpc: "2.0", id, error: wire.error(told(error, context, report)) };
  }
}

/**
 * Answers a request that stays open by itself, for hours and beside thousands of others. Meanwhile nothing is held but
 * what its work holds: no frame of a function that waits, and not the request.
 */
export function invokeStaying(answer: Answer, method: Method, context: Context, reporter: Reporter): Promise<Response> {
  const { id, wire } = context;
  const { params = NONE } = context.request;
  const target = answer.find(params, context, wire);
  const staying = answer.run(target, params, context, wire) as Promise<Result>;
  return staying.then(
    (result) => ({ jsonrpc: "2.0", id, result: wire.result(method, result) }),
    (error) => {
      const report = reportOf(reporter, { jsonrpc: "2.0", id, method: method.name });
      return { jsonrpc: "2.0", id, error: wire.error(toProtocolError(error, report)) };
    },
  );
}

/** Results of other kinds than `complete` are none of the method alone: who makes them checks them. */
function checkOf(method: Method, { resultType }: Result): Method["result"] {
  return resultType === undefined || resultType === "complete" ? method.result : undefined;
}

/** Made where something failed, and not for each request. */
function reportOf(reporter: Reporter, request: Request): (error: unknown) => void {
  return (error) => reporter.report(error, request);
}

const NONE: Params = Object.freeze({});

/** Of a call that nobody waits for, an error is as good as an answer. */
function told(error: unknown, { underlying }: Context, report: (error: unknown) => void): ProtocolError {
  return isAborted(underlying) ? new InternalError() : toProtocolError(error, report);
}

/** What travels for an error: itself, where it was meant to; else general words, and the cause goes to the author. */
export function toProtocolError(error: unknown, report: (error: unknown) => void): ProtocolError {
  if (error instanceof ProtocolError && Number.isSafeInteger(error.code)) return error;
  report(error);
  return new InternalError();
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
