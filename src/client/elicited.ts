import { InvalidParamsError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Params } from "../jsonrpc/index.ts";
import { type JsonSchema, SchemaError } from "../schema/index.ts";

/**
 * What a handler gave for an elicitation, as it leaves: an accepted form with the defaults of the fields that were left
 * out, checked against the schema that the server gave, and no content with anything else.
 *
 * @throws TypeError that names the field which does not fit.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
 */
export async function elicited({ mode, requestedSchema }: Params, given: unknown): Promise<unknown> {
  if (!isObject(given)) return given;
  const { content, ...answer } = given;
  if (answer["action"] !== "accept" || mode === "url") return answer;
  if (content !== undefined && content !== null && !isObject(content)) return given;
  const { $schema: _, ...schema } = requestedSchema as JsonSchema & { properties: Record<string, unknown> };
  const entries = Object.entries(content ?? {}).filter(([, value]) => value !== undefined);
  const filled = Object.fromEntries([...defaultsOf(schema.properties), ...entries]);
  // A form without fields, as for a yes or no, has nothing to check.
  if (Object.keys(schema.properties).length > 0 || schema.required !== undefined) await fit(schema, filled);
  return { ...answer, content: filled };
}

function defaultsOf(properties: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(properties).flatMap(([name, field]) =>
    isObject(field) && field["default"] !== undefined ? [[name, field["default"]] as const] : [],
  );
}

/** The validator is loaded when the first form is accepted: most clients show none. */
async function fit(schema: JsonSchema, content: object): Promise<void> {
  const { compilePeer, knownFormats } = await import("../schema/validator/index.ts");
  const validate = await compilePeer(schema, { formats: knownFormats }).catch((cause: unknown) => {
    throw cause instanceof SchemaError
      ? new InvalidParamsError(`params.requestedSchema cannot be used: ${cause.message}`)
      : cause;
  });
  const [issue] = validate(content) ?? [];
  if (issue === undefined) return;
  throw new TypeError(`The content does not fit the form: ${issue.pointer || "it"} ${issue.message}`);
}
