import { isObject } from "../../json.ts";
import { isRequestId } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { type Check, object, oneOf, optional, string, within } from "./check-fields.ts";
import { MetaKey } from "../index.ts";
import type { LoggingLevel } from "../types/index.ts";

/** The id of a request, or a progress token. `0` and `""` are as good as any other. */
export const requestId: Check = (value) =>
  isRequestId(value) ? undefined : ` must be an integer or a string of at most ${limits.idLength} characters`;

/** The eight severities of a log message, least first. */
export const LOGGING_LEVELS: readonly LoggingLevel[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** One of the eight severities. */
export const loggingLevel: Check = oneOf(...LOGGING_LEVELS);

/** A piece of software that names itself. */
export const implementation: Check = (value) =>
  isObject(value)
    ? (within(".name", string(value["name"])) ?? within(".version", string(value["version"])))
    : object(value);

const optionalObject = optional(object);
const progressToken = optional(requestId);
const clientInfo = optional(implementation);
const logLevel = optional(loggingLevel);

/** What a client can do. Capabilities that are not known pass, whatever they hold. */
export const clientCapabilities: Check = (value) => {
  if (!isObject(value)) return object(value);
  const { elicitation, sampling, roots, extensions, tasks } = value;
  return (
    within(".elicitation", optionalObject(elicitation)) ??
    within(".sampling", optionalObject(sampling)) ??
    within(".roots", optionalObject(roots)) ??
    within(".extensions", optionalObject(extensions)) ??
    within(".tasks", optionalObject(tasks))
  );
};

/** The `_meta` of a request of any revision. */
export const requestMeta: Check = (value) =>
  isObject(value) ? within(".progressToken", progressToken(value["progressToken"])) : object(value);

/**
 * Says what is missing or wrong in the `_meta` that every request of 2026-07-28 carries, in a sentence that begins with
 * `params`, or undefined. It leaves the other parameters alone.
 *
 * Every request passes here. Members are looked up one by one under constant names, a tenth of the cost of a loop.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export const modernMeta: Check = (params) => {
  if (!isObject(params)) return within("params", object(params));
  const { _meta: meta } = params;
  if (!isObject(meta)) return within("params._meta", object(meta));
  return (
    inMeta(MetaKey.protocolVersion, string(meta[MetaKey.protocolVersion])) ??
    inMeta(MetaKey.clientCapabilities, clientCapabilities(meta[MetaKey.clientCapabilities])) ??
    inMeta(MetaKey.clientInfo, clientInfo(meta[MetaKey.clientInfo])) ??
    inMeta(MetaKey.logLevel, logLevel(meta[MetaKey.logLevel])) ??
    within("params._meta", requestMeta(meta))
  );
};

function inMeta(key: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `params._meta["${key}"]${problem}`;
}
