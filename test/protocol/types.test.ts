import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";
import type { CallToolResult, InputRequiredResult, JSONValue, Tool } from "../../src/protocol/types/index.ts";
import { exampleChecks, unchecked } from "./examples.ts";

const fixtures = process.env["MCPLEX_FIXTURES"];
const spec = join(fixtures ?? "", "spec");
const newest = "2026-07-28";
const older = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const sources = join(import.meta.dirname, "../../src/protocol/types");

/** Envelopes and unions of envelopes: `src/jsonrpc/message.ts`, `src/errors.ts` and the table of methods have them. */
const envelopes = new Set([
  ..."Error InternalError InvalidParamsError InvalidRequestError MethodNotFoundError ParseError".split(" "),
  ..."HeaderMismatchError MissingRequiredClientCapabilityError UnsupportedProtocolVersionError".split(" "),
  ..."JSONRPCErrorResponse JSONRPCMessage JSONRPCNotification JSONRPCRequest JSONRPCResponse".split(" "),
  ..."JSONRPCResultResponse Notification Request RequestId PaginatedRequest".split(" "),
  ..."ClientNotification ClientRequest ClientResult ServerNotification ServerResult".split(" "),
]);
/** The requests that travel inside a result, and so have no envelope. */
const questions = new Set(["CreateMessageRequest", "ElicitRequest", "ListRootsRequest"]);

/** Members that are required on the wire of the newest revision and optional here, for an adapter adds them. */
const added = new Set([
  ..."_meta resultType ttlMs cacheScope".split(" "),
  "io.modelcontextprotocol/protocolVersion",
  "io.modelcontextprotocol/clientCapabilities",
]);

function isEnvelope(name: string): boolean {
  if (questions.has(name)) return false;
  return envelopes.has(name) || /(?:Request|Notification|ResultResponse)$/.test(name);
}

interface Definition {
  properties?: Record<string, Definition>;
  required?: string[];
  allOf?: { $ref: string }[];
}

function definitions(revision: string): [string, Definition][] {
  const schema = JSON.parse(readFileSync(join(spec, revision, "schema.json"), "utf8"));
  const all: Record<string, Definition> = schema.$defs ?? schema.definitions;
  return Object.entries(all).map(([name, definition]) => {
    const parts = (definition.allOf ?? []).map(({ $ref }) => all[$ref.slice($ref.lastIndexOf("/") + 1)] ?? {});
    const properties = Object.assign({}, ...[...parts, definition].map((part) => part.properties));
    return [name, { properties, required: [...parts, definition].flatMap((part) => part.required ?? []) }];
  });
}

/** Every exported type of the sources, with its members, those that it extends among them; true means optional. */
function exportedTypes(): Map<string, Map<string, boolean>> {
  const own = new Map<string, { parents: string[]; members: [string, boolean][] }>();
  for (const file of readdirSync(sources)) {
    for (const statement of parseSync(file, readFileSync(join(sources, file), "utf8")).program.body) {
      const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (declaration?.type === "TSTypeAliasDeclaration") own.set(declaration.id.name, { parents: [], members: [] });
      if (declaration?.type !== "TSInterfaceDeclaration") continue;
      own.set(declaration.id.name, {
        parents: declaration.extends.map(({ expression }) => (expression.type === "Identifier" ? expression.name : "")),
        members: declaration.body.body.flatMap((member): [string, boolean][] => {
          if (member.type !== "TSPropertySignature") return [];
          const { key } = member;
          return [[key.type === "Identifier" ? key.name : String((key as { value: unknown }).value), member.optional]];
        }),
      });
    }
  }
  const all = (name: string): [string, boolean][] => {
    const { parents = [], members = [] } = own.get(name) ?? {};
    return [...parents.flatMap(all), ...members];
  };
  return new Map([...own.keys()].map((name) => [name, new Map(all(name))]));
}

describe.skipIf(!fixtures)("the types and the schema", () => {
  const types = exportedTypes();

  it(`has a type for every definition of ${newest} that is no envelope`, () => {
    const names = definitions(newest).map(([name]) => name);
    expect(names).toHaveLength(155);
    expect(names.filter((name) => !isEnvelope(name) && !types.has(name))).toEqual([]);
  });

  it.each(older)("has a type for every definition of %s that is no envelope", (revision) => {
    const otherwise = /^(?:JSONRPC.*|Annotated|ResourceReference|ServerRequest|URLElicitationRequiredError)$/;
    const names = definitions(revision).map(([name]) => name);
    expect(names.filter((name) => !isEnvelope(name) && !otherwise.test(name) && !types.has(name))).toEqual([]);
  });

  it.each([newest, ...older])("has every member of the definitions of %s", (revision) => {
    const missing = definitions(revision).flatMap(([name, { properties = {} }]) => {
      const known = types.get(name);
      // Up to 2025-06-18 the parameters stand inside the definition of their request.
      const inline = known === undefined && types.get(`${name}Params`);
      const wanted = inline ? (properties["params"]?.properties ?? {}) : properties;
      const members = known ?? (inline || undefined);
      if (members === undefined || members.size === 0) return [];
      const elsewhere = questions.has(name) ? ["jsonrpc", "id"] : [];
      return Object.keys(wanted).flatMap((key) =>
        members.has(key) || elsewhere.includes(key) ? [] : [`${name}.${key}`],
      );
    });
    expect(missing).toEqual([]);
  });

  it("has no member that no revision has, and requires what the newest revision requires", () => {
    const wrong: string[] = [];
    const known = [newest, ...older].map((revision) => new Map(definitions(revision)));
    for (const [name, members] of types) {
      const all = known.flatMap((names) => names.get(name) ?? []);
      if (all.length === 0) continue;
      for (const [key, optional] of members) {
        if (added.has(key)) continue;
        if (!all.some(({ properties = {} }) => key in properties)) wrong.push(`${name}.${key} is unknown`);
        const required = all[0]?.required?.includes(key) ?? false;
        if (required === optional) wrong.push(`${name}.${key} is ${required ? "" : "not "}required`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(!fixtures)("the checks and the examples of the specification", () => {
  const folder = join(spec, newest, "examples");
  const names = fixtures ? readdirSync(folder) : [];

  it("knows every kind of example", () => {
    expect(names.filter((name) => !exampleChecks.has(name) && !unchecked.has(name))).toEqual([]);
  });

  for (const name of names) {
    const check = exampleChecks.get(name);
    if (check === undefined) continue;
    for (const file of readdirSync(join(folder, name))) {
      it(`accepts ${name}/${file}`, () => {
        expect(check(JSON.parse(readFileSync(join(folder, name, file), "utf8")))).toBeUndefined();
      });
    }
  }
});

describe("what the compiler says", () => {
  it("takes literals, constants and results for every revision, and refuses what is misspelt", () => {
    const audience = ["user"] as const;
    const done: CallToolResult = { content: [{ type: "text", text: "5", annotations: { audience } }] };
    const value: JSONValue = { a: [1, null, { b: true }] as const };
    const tool: Tool = { name: "t", inputSchema: { type: "object", properties: {} }, execution: {} };
    // @ts-expect-error: a misspelt member
    const misspelt: CallToolResult = { content: [], iserror: true };
    // @ts-expect-error: an unknown block
    const block: CallToolResult = { content: [{ type: "hologram" }] };
    // @ts-expect-error: a root that is no object
    const bare: Tool = { name: "t", inputSchema: {} };
    expect([done, value, tool, misspelt, block, bare]).toHaveLength(6);
  });

  it("tells a result from questions by resultType", () => {
    const read = (result: CallToolResult | InputRequiredResult): number =>
      result.resultType === "input_required" ? Object.keys(result.inputRequests ?? {}).length : result.content.length;
    expect(read({ content: [] })).toBe(0);
    expect(read({ resultType: "input_required", requestState: "s" })).toBe(0);
  });
});
