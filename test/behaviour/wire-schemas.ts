import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Revision } from "../../src/protocol/index.ts";

type Definition = {
  readonly anyOf?: readonly { readonly $ref: string }[];
  readonly properties?: Record<string, { readonly const?: unknown; readonly allOf?: readonly Definition[] }>;
};

/** Where the specification's own schemas are; without them nothing is validated. */
export const fixtures: string | undefined = process.env["MCPLEX_FIXTURES"];

/** Formats that the schemas name. `uri-template` is left to the tests of templates. */
const formats = {
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:/,
  "uri-template": true,
  byte: /^[A-Za-z0-9+/]*={0,2}$/,
  "date-time": /^\d{4}-\d\d-\d\dT/,
  email: true,
  date: true,
} as const;

/** One revision's schema: which messages there are, and what each must look like. */
export class WireSchema {
  readonly clientRequests: ReadonlyMap<string, string>;
  readonly serverRequests: ReadonlyMap<string, string>;
  readonly clientNotifications: ReadonlyMap<string, string>;
  readonly serverNotifications: ReadonlyMap<string, string>;
  readonly #definitions: Record<string, Definition>;
  readonly #ajv: Ajv;
  readonly #place: string;
  readonly #errors: ReadonlyMap<number, string>;

  constructor(schema: Record<string, unknown>) {
    const draft07 = schema["definitions"] !== undefined;
    this.#place = draft07 ? "definitions" : "$defs";
    this.#definitions = schema[this.#place] as Record<string, Definition>;
    allowNumbersInForms(this.#definitions);
    const options = {
      strict: false,
      formats,
      inlineRefs: false,
      // The schemas are the specification's own: what is left out here would only check and polish them.
      meta: false,
      validateSchema: false,
      code: { optimize: false },
    } as const;
    this.#ajv = draft07 ? new Ajv(options) : new Ajv2020(options);
    this.#ajv.addSchema(schema, "wire");
    this.clientRequests = this.#byMethod("ClientRequest");
    this.serverRequests = this.#byMethod("ServerRequest");
    this.clientNotifications = this.#byMethod("ClientNotification");
    this.serverNotifications = this.#byMethod("ServerNotification");
    this.#errors = this.#byCode();
  }

  /** Says how a value breaks a definition, or `undefined`. */
  check(definition: string, value: unknown): string | undefined {
    const validate = this.#ajv.getSchema(`wire#/${this.#place}/${definition}`) as ValidateFunction | undefined;
    if (validate === undefined) return `there is no definition ${definition}`;
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return `${definition}${error?.instancePath ?? ""} ${error?.message} ${JSON.stringify(error?.params)}`;
  }

  has(definition: string): boolean {
    return Object.hasOwn(this.#definitions, definition);
  }

  /** The definition of what answers a request that is defined under this name. */
  resultOf(request: string, result: unknown): string {
    const type = (result as { resultType?: unknown } | null)?.resultType;
    if (type === "input_required") return "InputRequiredResult";
    if (request === "CallToolRequest" && this.has("CreateTaskResult") && Object.hasOwn(Object(result), "task")) {
      return "CreateTaskResult";
    }
    // What an extension gives in place of the method's own result is described nowhere else.
    if (typeof type === "string" && type !== "complete") return "Result";
    const name = request.replace(/Request$/, "Result");
    return this.has(name) ? name : "EmptyResult";
  }

  /** The definition of an error response with this code. */
  errorOf(code: unknown): string {
    return this.#errors.get(code as number) ?? (this.has("JSONRPCError") ? "JSONRPCError" : "JSONRPCErrorResponse");
  }

  /** The definition of a response with a result. */
  get response(): string {
    return this.has("JSONRPCResultResponse") ? "JSONRPCResultResponse" : "JSONRPCResponse";
  }

  #byMethod(group: string): ReadonlyMap<string, string> {
    const found = this.#definitions[group];
    if (found === undefined) return new Map();
    const names = found.anyOf?.map(({ $ref }) => $ref.slice($ref.lastIndexOf("/") + 1)) ?? [group];
    return new Map(names.map((name) => [this.#definitions[name]?.properties?.["method"]?.const as string, name]));
  }

  /** Definitions of whole error responses, such as `UnsupportedProtocolVersionError`, by their code. */
  #byCode(): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const [name, { properties }] of Object.entries(this.#definitions)) {
      for (const part of properties?.["error"]?.allOf ?? []) {
        const code = part.properties?.["code"]?.const;
        if (typeof code === "number") found.set(code, name);
      }
    }
    return found;
  }
}

/** T-23: schema.json has integers where the specification says numbers. The one place where it is not followed. */
function allowNumbersInForms(definitions: Record<string, unknown>): void {
  if (definitions["ElicitResult"] === undefined) return;
  const text = JSON.stringify(definitions["ElicitResult"]);
  definitions["ElicitResult"] = JSON.parse(text.replace('"integer"', '"number"'));
}

const schemas = new Map<Revision, WireSchema>();

/** The schema of a revision; `undefined` without fixtures. */
export function wireSchema(revision: Revision): WireSchema | undefined {
  if (fixtures === undefined) return undefined;
  let schema = schemas.get(revision);
  if (schema === undefined) {
    const path = join(fixtures, "spec", revision, "schema.json");
    if (!existsSync(path)) throw new Error(`MCPLEX_FIXTURES is set, and there is no ${path}`);
    schema = new WireSchema(JSON.parse(readFileSync(path, "utf8")));
    schemas.set(revision, schema);
  }
  return schema;
}
