/** 5.2: too many headers, and headers of the protocol that do not fit the body. */
import { describe, expect, it } from "vitest";
import { EVERY_HOST, type HostName } from "../harness/host-names.ts";
import { bytesOf, call, type Headers, type HttpParts, modern, withHeaders } from "../harness/messages.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

async function send(host: HostName, parts: HttpParts): Promise<Reply> {
  return (await under.server.target(host)).send(parts);
}

const many = (count: number): Headers => Object.fromEntries(Array.from({ length: count }, (_, at) => [`X-${at}`, "y"]));
/** Headers that every request here has: host, type, accept, length, and three of the protocol. */
const OWN = 7;

describe("SEC-34", () => {
  it.each(EVERY_HOST)("a head of more than 16 KiB: %s", async (host) => {
    const connection = await (await under.server.target(host)).connect();
    connection.write(bytesOf(withHeaders(call(1, "marker"), { "X-Long": "x".repeat(16 * 1024 + 1) })));
    expect((await connection.reply())?.status).toBe(431);
    await connection.ends();
  });

  // A web request has no head any more: its host has read it, and keeps to its own limits.
  it.each(EVERY_HOST.filter((host) => host !== "fetchHandler" && host !== "hono"))("101 fields: %s", async (host) => {
    expect((await send(host, withHeaders(call(1, "echo"), many(100 - OWN)))).status).toBe(200);
    expect((await send(host, withHeaders(call(1, "marker"), many(101 - OWN)))).outcome).toEqual([431, -32600]);
    expect((await send(host, withHeaders(call(1, "marker"), many(1000)))).outcome).toEqual([431, -32600]);
  });

  it.each(EVERY_HOST)("a value of the protocol of more than 8 KiB: %s", async (host) => {
    const long = "x".repeat(8 * 1024 + 1);
    for (const header of ["Mcp-Param-Region", "Mcp-Name"]) {
      const parts = withHeaders(call(1, "region", { region: "x" }), { "Mcp-Param-Region": "x", [header]: long });
      const reply = await send(host, parts);
      expect(reply.outcome).toEqual([400, -32020]);
      expect(reply.message.error?.message).toContain(header);
      expect(reply.text.length).toBeLessThan(1000);
    }
    for (const header of ["Mcp-Method", "MCP-Protocol-Version"]) {
      const reply = await send(host, withHeaders(call(1, "marker"), { [header]: long }));
      expect(reply.outcome).toEqual([400, -32020]);
    }
  });
});

describe.each(EVERY_HOST)("%s", (host) => {
  const VERSION = "MCP-Protocol-Version";
  const inBody = (version: unknown): object => ({ "io.modelcontextprotocol/protocolVersion": version });

  it.each<[title: string, header: string | readonly string[] | undefined, version: unknown, code: number]>([
    ["missing", undefined, "2026-07-28", -32020],
    ["another than in the body", "2025-11-25", "2026-07-28", -32020],
    ["none that there is, beside a good one in the body", "1999-01-01", "2026-07-28", -32020],
    ["two values", ["2026-07-28", "2026-07-28"], "2026-07-28", -32020],
    ["two values in one", "2026-07-28, 2025-11-25", "2026-07-28", -32020],
    ["empty", "", "2026-07-28", -32020],
    ["in quotes", '"2026-07-28"', "2026-07-28", -32020],
    ["none that there is, in both", "1999-01-01", "1999-01-01", -32022],
    ["an older one in both", "2025-11-25", "2025-11-25", -32022],
    ["good, with no text in the body", "2026-07-28", 7, -32602],
    ["good, with nothing in the body", "2026-07-28", undefined, -32602],
  ])("SEC-39 the revision is %s", async (_title, header, version, code) => {
    const reply = await send(host, withHeaders(call(1, "marker", {}, inBody(version)), { [VERSION]: header }));
    expect(reply.outcome).toEqual([400, code]);
    expect(reply.message.id).toBe(1);
    if (code === -32022) {
      expect(reply.message.error?.data).toMatchObject({ requested: version });
      expect(reply.message.error?.data.supported).toContain("2026-07-28");
    }
  });

  it("SEC-39 white space around the revision is no part of it", async () => {
    expect((await send(host, withHeaders(call(1, "echo"), { [VERSION]: "\t 2026-07-28 \t" }))).status).toBe(200);
  });

  it.each<[title: string, headers: Headers]>([
    ["no Mcp-Method", { "Mcp-Method": undefined }],
    ["Mcp-Method in capitals", { "Mcp-Method": "TOOLS/CALL" }],
    ["another Mcp-Method", { "Mcp-Method": "tools/list" }],
    ["an encoded Mcp-Method", { "Mcp-Method": "=?base64?dG9vbHMvY2FsbA==?=" }],
    ["Mcp-Method twice", { "Mcp-Method": ["tools/call", "tools/call"] }],
    ["two methods in one", { "Mcp-Method": "tools/call, tools/list" }],
    ["an empty Mcp-Method", { "Mcp-Method": "" }],
    ["no Mcp-Name", { "Mcp-Name": undefined }],
    ["Mcp-Name in capitals", { "Mcp-Name": "MARKER" }],
    ["another Mcp-Name", { "Mcp-Name": "echo" }],
    ["Mcp-Name twice", { "Mcp-Name": ["marker", "marker"] }],
    ["two different names", { "Mcp-Name": ["marker", "echo"] }],
    ["two names in one", { "Mcp-Name": "marker, echo" }],
    ["an empty Mcp-Name", { "Mcp-Name": "" }],
  ])("SEC-40 %s", async (_title, headers) => {
    const reply = await send(host, withHeaders(call(1, "marker"), headers));
    expect(reply.outcome).toEqual([400, -32020]);
    expect(reply.message.id).toBe(1);
  });

  it("SEC-40 names of headers have no case, and resources are named by their URI", async () => {
    const { body } = call(1, "echo");
    const headers = { "mcp-protocol-version": "2026-07-28", "MCP-METHOD": "tools/call", "mCP-nAME": "echo" };
    expect((await send(host, { body, headers })).status).toBe(200);
    const read = modern(1, "resources/read", { uri: "note://1" });
    expect((await send(host, read)).status).toBe(200);
    expect((await send(host, withHeaders(read, { "Mcp-Name": "note://2" }))).outcome).toEqual([400, -32020]);
  });

  it("SEC-50 a session and a place in a stream are no matter to a stateless request", async () => {
    const target = await under.server.target(host);
    for (const session of [await target.session(), "a".repeat(22), "../../x", "\u00ff"]) {
      const headers = { "Mcp-Session-Id": session, "Last-Event-ID": "abcdefghijkl.1" };
      const reply = await target.send(withHeaders(call(1, "echo", { text: "a" }), headers));
      expect(reply.message.result.content[0].text).toBe("a");
      expect(reply.headerNames).not.toContain("mcp-session-id");
      expect(reply.text).not.toContain(session);
    }
  });

  const BIG = "9007199254740993";
  it.each<[title: string, args: string, headers: Headers, fits: boolean]>([
    ["no header for a text", '{"region":"eu"}', {}, false],
    ["another text", '{"region":"eu"}', { "Mcp-Param-Region": "us" }, false],
    ["the same text", '{"region":"eu"}', { "Mcp-Param-Region": "eu" }, true],
    ["the same text, encoded", '{"region":"eu"}', { "Mcp-Param-Region": "=?base64?ZXU=?=" }, true],
    ["the same text in capitals", '{"region":"eu"}', { "Mcp-Param-Region": "EU" }, false],
    ["text beyond ASCII as it is", '{"region":"\u00e9"}', { "Mcp-Param-Region": "\u00e9" }, false],
    ["text beyond ASCII as raw UTF-8", '{"region":"\u00e9"}', { "Mcp-Param-Region": "\u00c3\u00a9" }, false],
    ["text beyond ASCII, encoded", '{"region":"\u00e9"}', { "Mcp-Param-Region": "=?base64?w6k=?=" }, true],
    ["an empty text", '{"region":""}', { "Mcp-Param-Region": "" }, true],
    ["a header for nothing", "{}", { "Mcp-Param-Region": "eu" }, false],
    ["a header for null", '{"region":null}', { "Mcp-Param-Region": "null" }, false],
    ["a header twice", '{"region":"eu"}', { "Mcp-Param-Region": ["eu", "eu"] }, false],
    ["42.0 for 42", '{"count":42}', { "Mcp-Param-Count": "42.0" }, true],
    ["42 for 42.0", '{"count":42.0}', { "Mcp-Param-Count": "42" }, true],
    ["42 for 4.2e1", '{"count":4.2e1}', { "Mcp-Param-Count": "42" }, true],
    ["0 for -0", '{"count":-0}', { "Mcp-Param-Count": "0" }, true],
    ["4.2e1 for 42", '{"count":42}', { "Mcp-Param-Count": "4.2e1" }, false],
    ["0x2a for 42", '{"count":42}', { "Mcp-Param-Count": "0x2a" }, false],
    ["an empty number", '{"count":0}', { "Mcp-Param-Count": "" }, false],
    ["another number", '{"count":42}', { "Mcp-Param-Count": "43" }, false],
    ["a number beyond what is exact", `{"count":${BIG}}`, { "Mcp-Param-Count": BIG }, false],
    ["a number that rounds to it", '{"count":9007199254740992}', { "Mcp-Param-Count": BIG }, false],
    ["true", '{"urgent":true}', { "Mcp-Param-Urgent": "true" }, true],
    ["True", '{"urgent":true}', { "Mcp-Param-Urgent": "True" }, false],
    ["1 for true", '{"urgent":true}', { "Mcp-Param-Urgent": "1" }, false],
    ["a parameter that nobody asked for", "{}", { "Mcp-Param-Other": "x" }, true],
  ])("SEC-52 %s", async (_title, args, headers, fits) => {
    const parts = call(1, "region", "@");
    const body = (parts.body as string).replace('"@"', args);
    const reply = await send(host, withHeaders({ ...parts, body }, headers));
    expect(reply.outcome).toEqual(fits ? [200, undefined] : [400, -32020]);
  });
});
