import {
  ErrorCode,
  type ErrorObject,
  type ProtocolError,
  protocolErrorOf,
  ResourceNotFoundError,
  UrlElicitationRequiredError,
} from "../errors.ts";
import { isObject } from "../json.ts";
import type { Params } from "../jsonrpc/index.ts";
import type { Visits } from "./answer.ts";

/**
 * The error that a server answered. Since 2026-07-28 the code for a missing resource is that of wrong parameters. What the
 * user has to visit first is remembered among the visits.
 */
export function errorOf(method: string, params: Params, error: ErrorObject, visits: Visits): ProtocolError {
  const { code, message, data } = error;
  const about = method === "resources/read" && code === ErrorCode.InvalidParams && isObject(data) ? data["uri"] : null;
  if (about === params["uri"]) return new ResourceNotFoundError(message, data);
  const known = protocolErrorOf(error);
  if (known instanceof UrlElicitationRequiredError) known.elicitations.forEach((visit) => visits.learn(visit));
  return known;
}
