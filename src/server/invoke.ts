import { DefinitionError, InternalError, ProtocolError } from "../errors.ts";
import {
  type Answered,
  type Exchange,
  isAborted,
  type Params,
  type Request,
  type Response,
  Serialized,
} from "../jsonrpc/index.ts";
import type { Result, Method } from "../protocol/index.ts";
import { endsBy, fulfil, isRetry, resume, suspend, undoes, unwind } from "./between-rounds.ts";
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
 * Answers one request, exactly once and whatever the handler does. What a handler gives at once is answered at once: no
 * promise is made for it.
 */
export function invoke(answer: Answer, method: Method, context: Context, reporter: Reporter): Answered {
  try {
    const target = answer.find(context.params, context, context.wire);
    const value = start(answer, method, target, context);
    if (context.begun !== undefined || isPromise(value) || value instanceof InputRequired) {
      return proceed(answer, method, target, value, context, reporter);
    }
    const response = respond(answer, method, target, value, context, reporter);
    return response instanceof Promise ? response.catch((error) => fail(error, context, reporter)) : response;
  } catch (error) {
    return fail(error, context, reporter);
  }
}

/** Starts the work. What it throws at once is what it would throw later. */
function start(answer: Answer, method: Method, target: unknown, context: Context): unknown {
  const { params, wire } = context;
  if (method.asks === true && isRetry(context)) {
    return resume(context).then(() => answer.run(target, params, context, wire));
  }
  try {
    return answer.run(target, params, context, wire);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Waits for the outcome of the work. The one async function on the way of a request. */
async function proceed(
  answer: Answer,
  method: Method,
  target: unknown,
  started: unknown,
  context: Context,
  reporter: Reporter,
): Promise<Response> {
  const { request, wire } = context;
  try {
    let value: unknown;
    let result: Result | undefined;
    try {
      value = await started;
      while (value instanceof InputRequired && (await fulfil(context, value))) {
        value = await answer.run(target, context.params, context, wire);
      }
    } catch (error) {
      if (isAborted(context.underlying)) throw error;
      if (!(await endsBy(context, error))) {
        if (error instanceof ProtocolError) throw error;
        result = answer.failed?.(target, error, reportOf(reporter, request));
        if (result === undefined) throw error;
      }
    }
    const opening = context.begun?.opening;
    if (opening !== undefined) await opening;
    if (context.ending) {
      result = await suspend(context);
      return { jsonrpc: "2.0", id: request.id, result: wire.result(method, result) };
    }
    if (undoes(context) && isAborted(context.underlying)) throw givenUp();
    const response =
      result === undefined
        ? respond(answer, method, target, value, context, reporter)
        : write(method, result, context, reporter);
    // What is there at once is not awaited: each further turn costs about a fifth of the whole.
    return response instanceof Promise ? await response : response;
  } catch (error) {
    return fail(error, context, reporter);
  }
}

/** The response that is made of what the work gave. */
function respond(
  answer: Answer,
  method: Method,
  target: unknown,
  value: unknown,
  context: Context,
  reporter: Reporter,
): Answered {
  if (value instanceof Serialized) return { jsonrpc: "2.0", id: context.id, result: value };
  const made = answer.result === undefined ? (value as Result) : answer.result(target, value as never);
  return isPromise(made)
    ? made.then((result) => write(method, result, context, reporter))
    : write(method, made, context, reporter);
}

function write(method: Method, result: Result, context: Context, reporter: Reporter): Answered {
  const problem = checkOf(method, result)?.(result);
  if (problem !== undefined) throw new DefinitionError(`${method.name} was given what is no result: ${problem}`);
  const response = { jsonrpc: "2.0", id: context.id, result: context.wire.result(method, result) } as const;
  if (context.begun === undefined || (result as { readonly isError?: boolean }).isError !== true) return response;
  return unwind(context, reportOf(reporter, context.request)).then(() => response);
}

/** The response that says why there is no result. */
async function fail(error: unknown, context: Context, reporter: Reporter): Promise<Response> {
  const report = reportOf(reporter, context.request);
  await unwind(context, report);
  return { jsonrpc: "2.0", id: context.id, error: context.wire.error(told(error, context, report)) };
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
    if (method.asks === true && isRetry(context)) await resume(context);
    try {
      response = await chain(request, context.underlying);
    } catch (error) {
      ends = await endsBy(context, error);
      if (!ends || isAborted(context.underlying)) throw error;
    }
    await rounds.opening;
    if (ends || (context.ending && rounds.round?.closed !== true)) {
      return { jsonrpc: "2.0", id, result: wire.result(method, await suspend(context)) };
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
