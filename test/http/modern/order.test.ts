/** T-11: of two things that are wrong with a request, the one that is checked first is what it is refused for. */
import { describe, expect, it } from "vitest";
import { HttpRefusal } from "../../../src/server/http/index.ts";
import { MissingRequiredClientCapabilityError } from "../../../src/errors.ts";
import { json, META, MODERN, modern, POSTED, Reached, type Sent, testServer } from "../reached.ts";

/** A request in the making. */
interface Draft {
  verb: string;
  headers: Record<string, string | null>;
  body: { jsonrpc: string; id: number; method: string; params: { _meta: Record<string, unknown>; arguments: object } };
  text: (body: object) => string;
}

interface Fault {
  readonly name: string;
  readonly make: (draft: Draft) => void;
  readonly status: number;
  readonly code: number;
  /** What the message says, where another fault has the same status and code. */
  readonly says?: RegExp;
  /** Faults that no request can have together with this one. */
  readonly excludes?: readonly string[];
}

const version = `${META}protocolVersion`;

/** What can be wrong, in the order in which it is looked at. */
const faults: readonly Fault[] = [
  {
    name: "Origin of a stranger",
    make: ({ headers }) => (headers["origin"] = "https://evil.example"),
    status: 403,
    code: -32600,
  },
  {
    name: "not authenticated",
    make: ({ headers }) => (headers["authorization"] = null),
    status: 401,
    code: -32600,
  },
  { name: "method of HTTP", make: (draft) => (draft.verb = "PUT"), status: 405, code: -32600 },
  { name: "Content-Type", make: ({ headers }) => (headers["content-type"] = "text/plain"), status: 415, code: -32600 },
  { name: "Accept", make: ({ headers }) => (headers["accept"] = "text/html"), status: 406, code: -32600 },
  {
    name: "no JSON",
    make: (draft) => (draft.text = (body) => JSON.stringify(body).slice(0, -1)),
    status: 400,
    code: -32700,
  },
  { name: "no message", make: ({ body }) => (body.jsonrpc = "1.0"), status: 400, code: -32600 },
  {
    name: "MCP-Protocol-Version differs from the body",
    make: ({ headers }) => (headers["mcp-protocol-version"] = "2025-06-18"),
    status: 400,
    code: -32020,
    says: /MCP-Protocol-Version says another/,
  },
  {
    name: "_meta without capabilities",
    make: ({ body }) => delete body.params._meta[`${META}clientCapabilities`],
    status: 400,
    code: -32602,
  },
  {
    name: "MCP-Protocol-Version is missing",
    make: ({ headers }) => (headers["mcp-protocol-version"] = null),
    status: 400,
    code: -32020,
    says: /MCP-Protocol-Version is missing/,
    excludes: ["MCP-Protocol-Version differs from the body"],
  },
  {
    name: "revision of the future",
    make({ body, headers }) {
      body.params._meta[version] = "2099-01-01";
      if (headers["mcp-protocol-version"] === MODERN) headers["mcp-protocol-version"] = "2099-01-01";
    },
    status: 400,
    code: -32022,
  },
  {
    name: "Mcp-Method differs from the body",
    make: ({ headers }) => (headers["mcp-method"] = "tools/list"),
    status: 400,
    code: -32020,
    says: /Mcp-Method/,
  },
  {
    name: "Mcp-Name differs from the body",
    make: ({ headers }) => (headers["mcp-name"] = "another"),
    status: 400,
    code: -32020,
    says: /Mcp-Name/,
  },
  {
    name: "no such method",
    make({ body, headers }) {
      body.method = "tools/nothing";
      if (headers["mcp-method"] === "tools/call") headers["mcp-method"] = "tools/nothing";
    },
    status: 404,
    code: -32601,
    // What has no name has no header for it either.
    excludes: ["Mcp-Name differs from the body"],
  },
  {
    name: "params",
    make: ({ body }) => Object.assign(body.params, { inputResponses: "none" }),
    status: 200,
    code: -32602,
    says: /inputResponses/,
    excludes: ["no such method"],
  },
  {
    name: "Mcp-Param-* differs from the body",
    make: ({ headers }) => (headers["mcp-param-region"] = "elsewhere"),
    status: 400,
    code: -32020,
    says: /Mcp-Param-Region/,
    excludes: ["no such method"],
  },
  { name: "capability", make: () => {}, status: 400, code: -32021 },
];

/** Every call of the tool needs a capability that the client has not. */
const server = testServer().tool(
  "needy",
  {
    input: {
      type: "object",
      properties: { region: { type: "string", "x-mcp-header": "Region" } },
    },
  },
  () => {
    throw new MissingRequiredClientCapabilityError("needed", { requiredCapabilities: { roots: {} } });
  },
);

async function refused(...made: readonly Fault[]): Promise<{ status: number; code: unknown; message: string }> {
  const reached = new Reached(server, {
    authenticate: (request) =>
      request.header("authorization") === undefined ? new HttpRefusal(401, "Who are you?") : { id: "somebody" },
  });
  const named = { "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "needy" };
  const draft: Draft = {
    verb: "POST",
    headers: { ...POSTED, ...named, authorization: "Bearer x", "mcp-param-region": "here" },
    body: modern("tools/call", { name: "needy", arguments: { region: "here" } }) as Draft["body"],
    text: (body) => JSON.stringify(body),
  };
  for (const fault of made) fault.make(draft);
  const response = await reached.send(draft.verb, draft.headers as Sent, draft.text(draft.body));
  const { error } = await json(response);
  return { status: response.status, code: error?.code, message: error?.message ?? "" };
}

function expected({ status, code, says = /./ }: Fault): object {
  return { status, code, message: expect.stringMatching(says) };
}

describe("T-11 a request with one fault", () => {
  it.each(faults)("is refused for it: $name", async (fault) => {
    expect(await refused(fault)).toEqual(expected(fault));
  });
});

describe("T-11 a request with two faults is refused for the earlier one", () => {
  it.each(faults.slice(0, -1))("$name, before all that follow", async (fault) => {
    const later = faults.slice(faults.indexOf(fault) + 1).filter(({ excludes }) => !excludes?.includes(fault.name));
    expect(later.length).toBeGreaterThan(0);
    for (const other of later) {
      expect({ other: other.name, ...(await refused(fault, other)) }).toEqual({
        other: other.name,
        ...expected(fault),
      });
    }
  });
});
