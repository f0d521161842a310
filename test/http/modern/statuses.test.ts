import { describe, expect, it } from "vitest";
import {
  HeaderMismatchError,
  InternalError,
  InvalidParamsError,
  MethodNotFoundError,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  UnsupportedProtocolVersionError,
} from "../../../src/errors.ts";
import { Events } from "../events.ts";
import { json, META, MODERN, modern, Reached, type Received, refusal, type Sent, testServer } from "../reached.ts";

const errors: Readonly<Record<string, ProtocolError>> = {
  mismatch: new HeaderMismatchError(),
  version: new UnsupportedProtocolVersionError("no", { supported: [], requested: "x" }),
  method: new MethodNotFoundError(),
  params: new InvalidParamsError(),
  internal: new InternalError(),
  own: new ProtocolError(7, "mine"),
  capability: new MissingRequiredClientCapabilityError("needed", { requiredCapabilities: { roots: {} } }),
};

const input = { type: "object", properties: { error: { type: "string" }, first: { type: "boolean" } } } as const;
const server = testServer()
  .tool("plain", {}, () => "done")
  .tool("fail", { input }, (args: { readonly error?: string; readonly first?: boolean }, context) => {
    if (args.first === true) void context.log("info", "on its way");
    throw errors[`${args.error}`] as ProtocolError;
  });

const reach = () => new Reached(server);

describe("HTTP-21 a POST", () => {
  it("of a request is answered with status 200 and a JSON object", async () => {
    const response = await reach().ask("tools/call", { name: "plain" }, { id: "a" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await json(response)).toMatchObject({ jsonrpc: "2.0", id: "a", result: { resultType: "complete" } });
  });

  it.each<[title: string, headers: Sent]>([
    ["with the headers of a request", { "mcp-protocol-version": MODERN, "mcp-method": "notifications/x" }],
    ["without Mcp-Method, which is not required of it (HTTP-2)", { "mcp-protocol-version": MODERN }],
  ])("of a notification is answered with 202 and no body: %s", async (_title, headers) => {
    const response = await reach().post({ jsonrpc: "2.0", method: "notifications/x" }, headers);
    expect([response.status, await response.text(), response.headers.get("content-type")]).toEqual([202, "", null]);
  });

  it("of a response is refused with 400: no server asks", async () => {
    const headers = { "mcp-protocol-version": MODERN };
    expect(await refusal(reach().post({ jsonrpc: "2.0", id: 1, result: {} }, headers))).toEqual([400, -32600]);
  });

  it.each([
    ["empty", ""],
    ["cut off", '{"jsonrpc":"2.0"'],
    ["two messages", "{}{}"],
    ["a byte order mark", "\uFEFF{}"],
  ])("of no JSON is refused with 400 and -32700: %s", async (_title, body) => {
    const response = await reach().post(body, { "mcp-protocol-version": MODERN });
    expect(response.status).toBe(400);
    const message = await json(response);
    expect(message.error?.code).toBe(-32700);
    expect(message).not.toHaveProperty("id");
  });

  it.each([
    ["null", "null"],
    ["a number", "7"],
    ["a batch", JSON.stringify([modern("server/discover")])],
    ["an empty batch", "[]"],
    ["no method", '{"jsonrpc":"2.0","id":1}'],
    ["id null", '{"jsonrpc":"2.0","id":null,"method":"server/discover"}'],
    ["a fraction as id", '{"jsonrpc":"2.0","id":1.5,"method":"server/discover"}'],
  ])("of no message is refused with 400 and -32600: %s", async (_title, body) => {
    expect(await refusal(reach().post(body, { "mcp-protocol-version": MODERN }))).toEqual([400, -32600]);
  });

  it("of what is no UTF-8 is refused with 400 and -32700", async () => {
    const body = new Uint8Array([0x7b, 0xff, 0x7d]);
    expect(await refusal(reach().post(body, { "mcp-protocol-version": MODERN }))).toEqual([400, -32700]);
  });

  it.each(["text/plain", "application/json-rpc", "application/json; charset=latin1", "", null])(
    "of another type is refused with 415: %j",
    async (type) => {
      expect(await refusal(reach().ask("tools/list", {}, { headers: { "content-type": type } }))).toEqual([
        415, -32600,
      ]);
    },
  );

  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
  ])("of JSON is taken however its type is written: %s", async (type) => {
    expect((await reach().ask("tools/list", {}, { headers: { "content-type": type } })).status).toBe(200);
  });

  it("that is compressed is refused with 415", async () => {
    const headers = { "content-encoding": "gzip" };
    expect(await refusal(reach().ask("tools/list", {}, { headers }))).toEqual([415, -32600]);
  });

  it("that is longer than bodyBytes is refused with 413", async () => {
    const reached = new Reached(server, { bodyBytes: 300 });
    const long = await reached.ask("tools/call", { name: "plain", more: "x".repeat(300) });
    expect(long.status).toBe(413);
    expect((await json(long)).error).toMatchObject({ code: -32600, data: { limit: "bodyBytes" } });
    expect((await reached.ask("tools/list")).status).toBe(200);
  });
});

describe("T-21 Accept", () => {
  const both = ["application/json", undefined] as const;
  it.each<[accept: string | null, expected: readonly unknown[]]>([
    ["application/json, text/event-stream", both],
    ["text/event-stream, application/json", both],
    ["application/json;q=0.9, text/event-stream", both],
    ["*/*", both],
    ["application/*", both],
    [null, both],
    ["APPLICATION/JSON", both],
    ["text/event-stream", ["text/event-stream", undefined]],
    ["text/*", ["text/event-stream", undefined]],
    ["*/*, application/json;q=0", ["text/event-stream", undefined]],
    ["text/html", ["application/json", 406]],
    ["application/json;q=0", ["application/json", 406]],
    ["", ["application/json", 406]],
  ])("%j", async (accept, [type, status = 200]) => {
    const response = await reach().ask("tools/call", { name: "plain" }, { headers: { accept } });
    expect([response.status, response.headers.get("content-type")]).toEqual([status, type]);
  });

  it("a refusal keeps its status and is JSON, also for who takes nothing but a stream (T-20)", async () => {
    const headers = { accept: "text/event-stream", "mcp-name": "other" };
    expect(await refusal(reach().ask("tools/call", { name: "plain" }, { headers }))).toEqual([400, -32020]);
    const unknown = reach().ask("tools/nothing", {}, { headers: { accept: "text/event-stream" } });
    expect(await refusal(unknown)).toEqual([404, -32601]);
  });
});

describe("HTTP-28 an unknown method", () => {
  it.each(["tools/nothing", "initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/list"])(
    "is refused with 404, -32601 and the id: %s",
    async (method) => {
      const response = await reach().ask(method, { level: "info", uri: "a:b" }, { id: "who" });
      expect(response.status).toBe(404);
      expect(await json(response)).toMatchObject({ id: "who", error: { code: -32601 } });
    },
  );

  it("JRPC-9: so is one of which the server offers nothing", async () => {
    expect(await refusal(reach().ask("prompts/list"))).toEqual([404, -32601]);
  });
});

describe("META-2 _meta that is missing or wrong is -32602 with status 400", () => {
  const headers = { "mcp-protocol-version": MODERN, "mcp-method": "tools/list" };
  it.each([
    ["no params", undefined],
    ["no _meta", {}],
    ["no revision", { _meta: { [`${META}clientCapabilities`]: {} } }],
    ["no capabilities", { _meta: { [`${META}protocolVersion`]: MODERN } }],
    ["a revision that is no text", { _meta: { [`${META}protocolVersion`]: 7, [`${META}clientCapabilities`]: {} } }],
  ])("%s", async (_title, params) => {
    const body = { jsonrpc: "2.0", id: 3, method: "tools/list", params };
    const response = await reach().post(body, headers);
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({ id: 3, error: { code: -32602 } });
  });

  it("T-5: initialize under the header of this revision is no way back to older ones", async () => {
    const body = { jsonrpc: "2.0", id: 3, method: "initialize", params: { protocolVersion: "2025-11-25" } };
    expect(await refusal(reach().post(body, { ...headers, "mcp-method": "initialize" }))).toEqual([400, -32602]);
  });
});

describe("HTTP-30 what a handler raises is in-band", () => {
  const fail = (error: string, first = false) =>
    reach().ask("tools/call", { name: "fail", arguments: { error, first } }, { meta: { [`${META}logLevel`]: "info" } });

  it.each([
    ["mismatch", -32020],
    ["version", -32022],
    ["method", -32601],
    ["params", -32602],
    ["internal", -32603],
    ["own", 7],
  ])("%s stays 200 with code %i", async (error, code) => {
    expect(await refusal(fail(error))).toEqual([200, code]);
  });

  it("META-4: -32021 is 400 whoever raises it, and says what is needed", async () => {
    const response = await fail("capability");
    expect(response.status).toBe(400);
    const { error } = (await json(response)) as Received;
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: { roots: {} } } });
  });

  it("T-20: once a stream has begun, it ends the stream and the status stays 200", async () => {
    const response = await fail("capability", true);
    expect(response.status).toBe(200);
    const messages = await new Events(response).rest();
    expect(messages.map(({ method, error }) => method ?? error?.code)).toEqual(["notifications/message", -32021]);
  });
});

describe("HTTP-29 other methods", () => {
  it.each(["GET", "DELETE"])("%s in this revision is refused with 405, and Allow names POST", async (verb) => {
    const headers = { accept: "text/event-stream", "mcp-protocol-version": MODERN };
    const response = await reach().send(verb, headers);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it.each(["GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"])(
    "%s to a server of this revision alone is refused with 405",
    async (verb) => {
      const response = await new Reached(testServer({ revisions: [MODERN] })).send(verb, {
        accept: "text/event-stream",
      });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    },
  );

  it.each(["PUT", "PATCH", "HEAD", "OPTIONS"])("%s to a server of all revisions is refused with 405", async (verb) => {
    const response = await reach().send(verb, {});
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
  });
});

describe("HTTP-29 sessions", () => {
  it("there are none: no reply has an id of one, and one that is sent counts for nothing", async () => {
    const headers = { "mcp-session-id": "x".repeat(22), "last-event-id": "x.1" };
    for (const response of [
      await reach().ask("tools/call", { name: "plain" }, { headers }),
      await reach().ask("server/discover", {}, { headers }),
      await reach().ask("tools/nothing", {}, { headers }),
    ]) {
      expect([200, 404]).toContain(response.status);
      expect(response.headers.has("mcp-session-id")).toBe(false);
    }
  });
});

describe("a server of this revision alone", () => {
  const only = () => new Reached(testServer({ revisions: [MODERN] }).tool("plain", {}, () => "done"));

  it("answers initialize with the revisions that it speaks, and status 400 (T-11)", async () => {
    for (const options of [{}, { sessions: false } as const]) {
      const reached = new Reached(testServer({ revisions: [MODERN] }), options);
      const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "a", version: "0" } };
      const response = await reached.post({ jsonrpc: "2.0", id: 1, method: "initialize", params });
      expect(response.status).toBe(400);
      expect((await json(response)).error).toMatchObject({ code: -32022, data: { supported: [MODERN] } });
    }
  });

  it("HTTP-2: takes a notification without headers", async () => {
    expect((await only().post({ jsonrpc: "2.0", method: "notifications/x" })).status).toBe(202);
  });

  it("asks for the header of a request that has none (HTTP-27)", async () => {
    expect(await refusal(only().post(modern("tools/list")))).toEqual([400, -32020]);
    expect(await refusal(only().post({ jsonrpc: "2.0", id: 1, method: "tools/list" }))).toEqual([400, -32602]);
  });
});
