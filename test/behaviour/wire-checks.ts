import { isObject } from "../../src/json.ts";
import type { Notification, Request, Response } from "../../src/jsonrpc/index.ts";
import { isModern, LATEST_LEGACY_REVISION, type Revision } from "../../src/protocol/index.ts";
import { extensionMethods } from "./extension-methods.ts";
import { type WireSchema, wireSchema } from "./wire-schemas.ts";

export type Side = "client" | "server";

/** What is wrong with a message, and gaps where nothing is. */
export type Problems = readonly (string | undefined)[];

/** The prefix of the protocol's own `_meta` keys. */
export const META = "io.modelcontextprotocol/";

/** Members of results that only stateless revisions have. */
const MODERN_MEMBERS = ["resultType", "ttlMs", "cacheScope", "inputRequests", "requestState"];

/** What one request breaks by itself. */
export function requestProblems(revision: Revision, from: Side, message: Request): Problems {
  const problems: (string | undefined)[] = [];
  if (isModern(revision) && from === "server") problems.push("STDIO-3: servers send no requests in this revision");
  const meta = message.params?.["_meta"];
  if (!isModern(revision) && isObject(meta)) {
    const envelope = Object.keys(meta).filter((name) => name.startsWith(META) && name !== `${META}related-task`);
    if (envelope.length > 0) problems.push(`META-8: an older revision has no ${envelope}`);
  }
  return [
    ...problems,
    ...within(revision, (schema) => {
      const definition = (from === "client" ? schema.clientRequests : schema.serverRequests).get(message.method);
      if (definition === undefined && from === "client" && extensionMethods.has(message.method)) return [];
      if (definition === undefined) return [`${message.method} is no request of the ${from} in ${revision}`];
      return [schema.check("JSONRPCRequest", message), schema.check(definition, message)];
    }),
  ];
}

/** What one notification breaks by itself. */
export function notificationProblems(revision: Revision, from: Side, message: Notification): Problems {
  return within(revision, (schema) => {
    const definition = (from === "client" ? schema.clientNotifications : schema.serverNotifications).get(
      message.method,
    );
    if (definition === undefined && extensionMethods.has(message.method)) return [];
    if (definition === undefined) return [`${message.method} is no notification of the ${from} in ${revision}`];
    return [schema.check("JSONRPCNotification", message), schema.check(definition, message)];
  });
}

/** What an error response breaks. */
export function errorProblems(revision: Revision, message: Response): Problems {
  const code = message.error?.code ?? 0;
  // A server without older revisions has no other words for a client that has nothing else.
  const allowed = isModern(revision) ? [-32020, -32021, -32022] : [-32002, -32022];
  if (revision === LATEST_LEGACY_REVISION) allowed.push(-32042);
  const reserved = code >= -32099 && code <= -32000;
  return [
    reserved && !allowed.includes(code) ? `JRPC-8: the code ${code}` : undefined,
    ...within(revision, (schema) => [schema.check(schema.errorOf(code), message)]),
  ];
}

/** What a result breaks, as the answer to this method. */
export function resultProblems(revision: Revision, method: string, from: Side, message: Response): Problems {
  const problems: (string | undefined)[] = [];
  const { result } = message;
  if (!isModern(revision) && isObject(result)) {
    const late = MODERN_MEMBERS.filter((member) => Object.hasOwn(result, member));
    if (late.length > 0) problems.push(`T-8: an older revision has no ${late}`);
    const meta = result["_meta"];
    const ours = isObject(meta) ? Object.keys(meta).filter((name) => name.startsWith(META)) : [];
    if (ours.some((name) => name !== `${META}related-task`)) problems.push("T-8: modern _meta");
  }
  if (isModern(revision) && isObject(result) && result["resultType"] === "input_required") {
    problems.push(...questionProblems(method, result));
  }
  return [
    ...problems,
    ...within(revision, (schema) => {
      const definition = (from === "server" ? schema.clientRequests : schema.serverRequests).get(method);
      if (definition === undefined) return [];
      return [schema.check(schema.response, message), schema.check(schema.resultOf(definition, result), result)];
    }),
  ];
}

/** What a result that asks back breaks, and no schema can tell. */
function questionProblems(method: string, result: Readonly<Record<string, unknown>>): Problems {
  const has = (member: string): boolean => Object.hasOwn(result, member);
  return [
    ["tools/call", "prompts/get", "resources/read"].includes(method) ? undefined : `MRTR-1: ${method} must not ask`,
    has("inputRequests") || has("requestState") ? undefined : "MRTR-1: neither inputRequests nor requestState",
    has("ttlMs") || has("cacheScope") ? "MRTR-8: a question is not cacheable" : undefined,
  ];
}

function within(revision: Revision, check: (schema: WireSchema) => Problems): Problems {
  const schema = wireSchema(revision);
  return schema === undefined ? [] : check(schema);
}
