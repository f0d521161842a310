import { describe, expect, it } from "vitest";
import { json, META, MODERN, modern, Reached, refusal, type Sent, testServer } from "../reached.ts";

const server = testServer()
  .tool("echo", {}, () => "done")
  .tool("émile", {}, () => "done")
  .tool("=?base64?x?=", {}, () => "done")
  .prompt("greet", {}, () => "Hello")
  .resource("note://a b", () => "text");

const call = (name: string) => modern("tools/call", { name });
const base64 = (text: string, encoding: BufferEncoding = "utf8") => Buffer.from(text, encoding).toString("base64");
const sentinel = (text: string) => `=?base64?${base64(text)}?=`;
const headers = (name: string | null): Sent => ({
  "mcp-protocol-version": MODERN,
  "mcp-method": "tools/call",
  "mcp-name": name,
});

describe("HTTP-25 MCP-Protocol-Version", () => {
  const cases: [title: string, value: string | null, expected: unknown[]][] = [
    ["equal to the body", MODERN, [200, undefined]],
    ["with spaces and tabs around it", ` \t${MODERN} `, [200, undefined]],
    ["missing", null, [400, -32020]],
    ["empty", "", [400, -32020]],
    ["another revision", "2025-11-25", [400, -32020]],
    ["no revision", "latest", [400, -32020]],
    ["twice, joined by a comma", `${MODERN}, ${MODERN}`, [400, -32020]],
  ];
  it.each(cases)("%s", async (_title, value, expected) => {
    const reached = new Reached(server);
    expect(await refusal(reached.ask("tools/list", {}, { headers: { "mcp-protocol-version": value } }))).toEqual(
      expected,
    );
  });

  it("HTTP-27: an unknown revision in header and body is refused with those that are spoken", async () => {
    const reached = new Reached(server);
    const sending = {
      headers: { "mcp-protocol-version": "2099-01-01" },
      meta: { [`${META}protocolVersion`]: "2099-01-01" },
    };
    const response = await reached.ask("tools/list", {}, { ...sending, id: "x" });
    expect(response.status).toBe(400);
    const { id, error } = await json(response);
    expect(id).toBe("x");
    expect(error).toMatchObject({ code: -32022, data: { requested: "2099-01-01" } });
    const { result } = await json(reached.ask("server/discover"));
    expect(result?.["supportedVersions"]).toEqual(error?.data?.["supported"]);
  });

  it.each(["2025-11-25", "2024-11-05"])("T-5: %s in _meta is no way into an older revision", async (revision) => {
    const reached = new Reached(server);
    const sending = { headers: { "mcp-protocol-version": revision }, meta: { [`${META}protocolVersion`]: revision } };
    expect(await refusal(reached.ask("tools/list", {}, sending))).toEqual([400, -32022]);
  });
});

describe("HTTP-25 Mcp-Method", () => {
  const cases: [title: string, value: string | null, expected: unknown[]][] = [
    ["equal to the body", "tools/list", [200, undefined]],
    ["with spaces around it", "  tools/list ", [200, undefined]],
    ["missing", null, [400, -32020]],
    ["empty", "", [400, -32020]],
    ["in other case", "Tools/List", [400, -32020]],
    ["twice, joined by a comma", "tools/list, tools/list", [400, -32020]],
    ["encoded, which it never is (HTTP-4)", sentinel("tools/list"), [400, -32020]],
    ["not ASCII", "tools/l\u00efst", [400, -32020]],
  ];
  it.each(cases)("%s", async (_title, value, expected) => {
    const reached = new Reached(server);
    expect(await refusal(reached.ask("tools/list", {}, { headers: { "mcp-method": value } }))).toEqual(expected);
  });
});

describe("HTTP-25 Mcp-Name", () => {
  const cases: [title: string, name: string, value: string | null, expected: unknown[]][] = [
    ["equal to the body", "echo", "echo", [200, undefined]],
    ["with spaces around it", "echo", " \techo\t ", [200, undefined]],
    ["missing", "echo", null, [400, -32020]],
    ["empty", "echo", "", [400, -32020]],
    ["in other case", "echo", "Echo", [400, -32020]],
    ["twice, joined by a comma (T-15)", "echo", "echo, echo", [400, -32020]],
    ["encoded although it need not be", "echo", sentinel("echo"), [200, undefined]],
    ["encoded, and another name", "echo", sentinel("other"), [400, -32020]],
    ["not ASCII, encoded", "émile", sentinel("émile"), [200, undefined]],
    ["not ASCII, as it is", "émile", "émile", [400, -32020]],
    ["not ASCII, its bytes as they are", "émile", "\u00c3\u00a9mile", [400, -32020]],
    ["encoded in Latin-1 and not in UTF-8", "émile", `=?base64?${base64("émile", "latin1")}?=`, [400, -32020]],
    ["a name that looks encoded, encoded (T-15)", "=?base64?x?=", sentinel("=?base64?x?="), [200, undefined]],
    ["a name that looks encoded, as it is", "=?base64?x?=", "=?base64?x?=", [400, -32020]],
    ["base64 without its padding", "echo", "=?base64?ZWNobw?=", [400, -32020]],
    ["base64 of another alphabet", "echo", "=?base64?ZWNob_-=?=", [400, -32020]],
    ["base64 with stray bits", "echo", "=?base64?ZWNobx==?=", [400, -32020]],
    ["base64 with spaces in it", "echo", "=?base64?ZWNo bw==?=", [400, -32020]],
    ["base64 of nothing", "echo", "=?base64??=", [400, -32020]],
    ["upper-case markers, which mark nothing", "echo", `=?BASE64?${base64("echo")}?=`, [400, -32020]],
    ["without the end marker", "echo", `=?base64?${base64("echo")}`, [400, -32020]],
  ];
  it.each(cases)("%s", async (_title, name, value, expected) => {
    const reached = new Reached(server);
    expect(await refusal(reached.post(call(name), headers(value)))).toEqual(expected);
  });

  it.each([
    ["prompts/get", { name: "greet" }, "greet"],
    ["resources/read", { uri: "note://a b" }, "note://a b"],
  ])("%s wants it too", async (method, params, name) => {
    const reached = new Reached(server);
    expect(await refusal(reached.ask(method, params))).toEqual([200, undefined]);
    expect(await refusal(reached.ask(method, params, { headers: { "mcp-name": null } }))).toEqual([400, -32020]);
    const other = { headers: { "mcp-name": `${name}x` } };
    expect(await refusal(reached.ask(method, params, other))).toEqual([400, -32020]);
  });

  it("methods without a name take no notice of it", async () => {
    const reached = new Reached(server);
    expect(await refusal(reached.ask("tools/list", {}, { headers: { "mcp-name": "echo" } }))).toEqual([200, undefined]);
  });

  it("a name that is no text is a matter of the parameters: -32602 with status 200 (T-22)", async () => {
    const reached = new Reached(server);
    expect(await refusal(reached.ask("tools/call", { name: 7 }))).toEqual([200, -32602]);
  });
});

describe("HTTP-25 every refusal", () => {
  it.each([
    ["mismatch", "other"],
    ["a header longer than any name can be", "x".repeat(8193)],
  ])("has the id of the request, with its type: %s", async (_title, name) => {
    const reached = new Reached(server);
    for (const id of [0, 7, "7", ""]) {
      const { id: told, error } = await json(
        reached.ask("tools/call", { name: "echo" }, { id, headers: { "mcp-name": name } }),
      );
      expect([told, error?.code]).toEqual([id, -32020]);
    }
  });

  it("names the header and what is wrong, and repeats nothing of its value", async () => {
    const reached = new Reached(server);
    const { error } = await json(reached.ask("tools/call", { name: "echo" }, { headers: { "mcp-name": "secret" } }));
    expect(error?.message).toContain("Mcp-Name");
    expect(error?.message).not.toContain("secret");
  });
});
