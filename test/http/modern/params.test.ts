import { describe, expect, it } from "vitest";
import { json, Reached, refusal, type Sent, testServer } from "../reached.ts";

const input = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "Count" },
    dry: { type: "boolean", "x-mcp-header": "Dry" },
    where: {
      type: "object",
      properties: { deep: { type: "object", properties: { zone: { type: "string", "x-mcp-header": "Zone" } } } },
    },
    free: { type: "string" },
  },
} as const;

let shown = true;
const server = testServer()
  .tool("run", { input }, () => "done")
  .tool("hidden", { input, visible: () => shown }, () => "done")
  .tool("plain", {}, () => "done");

async function calling(args: object | undefined, headers: Sent, name = "run"): Promise<unknown[]> {
  const reached = new Reached(server);
  const params = args === undefined ? { name } : { name, arguments: args };
  const response = await reached.ask("tools/call", params, { headers });
  const { error, result } = await json(response);
  return [response.status, error?.code ?? result?.["isError"] ?? "ok"];
}

const base64 = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`;
const refused = [400, -32020];
const ok = [200, "ok"];

describe("HTTP-25, HTTP-26 Mcp-Param-*", () => {
  const cases: [title: string, args: object | undefined, headers: Sent, expected: unknown[]][] = [
    ["a string as it is", { region: "eu" }, { "mcp-param-region": "eu" }, ok],
    ["a string in other case", { region: "eu" }, { "mcp-param-region": "EU" }, refused],
    ["a string without its header", { region: "eu" }, {}, refused],
    ["another string", { region: "eu" }, { "mcp-param-region": "us" }, refused],
    ["a string twice, joined by a comma", { region: "eu" }, { "mcp-param-region": "eu, eu" }, refused],
    ["a string with a comma in it", { region: "eu, us" }, { "mcp-param-region": "eu, us" }, ok],
    ["a string that must be encoded", { region: " é" }, { "mcp-param-region": base64(" é") }, ok],
    ["a string with a space at its end, not encoded", { region: "eu " }, { "mcp-param-region": "eu " }, refused],
    ["base64 without its padding", { region: "é" }, { "mcp-param-region": "=?base64?w6k?=" }, refused],
    ["a string that looks like a number", { region: "42" }, { "mcp-param-region": "42.0" }, refused],
    ["the empty string, with an empty header (T-17)", { region: "" }, { "mcp-param-region": "" }, ok],
    ["the empty string without a header (T-17)", { region: "" }, {}, refused],
    ["an integer", { count: 42 }, { "mcp-param-count": "42" }, ok],
    ["an integer that the header writes as 42.0 (T-16)", { count: 42 }, { "mcp-param-count": "42.0" }, ok],
    ["zero, and minus zero (T-16)", { count: -0 }, { "mcp-param-count": "0" }, ok],
    ["a negative integer", { count: -7 }, { "mcp-param-count": "-7" }, ok],
    ["another integer", { count: 42 }, { "mcp-param-count": "43" }, refused],
    ["an integer with a fraction", { count: 42 }, { "mcp-param-count": "42.5" }, refused],
    ["an integer with an exponent", { count: 100 }, { "mcp-param-count": "1e2" }, refused],
    ["an integer in hexadecimal", { count: 16 }, { "mcp-param-count": "0x10" }, refused],
    ["an empty header for zero", { count: 0 }, { "mcp-param-count": "" }, refused],
    ["true", { dry: true }, { "mcp-param-dry": "true" }, ok],
    ["false", { dry: false }, { "mcp-param-dry": "false" }, ok],
    ["false without its header", { dry: false }, {}, refused],
    ["a boolean in other case", { dry: true }, { "mcp-param-dry": "True" }, refused],
    ["a boolean as a number", { dry: true }, { "mcp-param-dry": "1" }, refused],
    ["a nested property", { where: { deep: { zone: "a" } } }, { "mcp-param-zone": "a" }, ok],
    ["a nested property without its header", { where: { deep: { zone: "a" } } }, {}, refused],
    ["a property of the same name elsewhere", { zone: "a" }, {}, ok],
    ["no arguments, no headers", undefined, {}, ok],
    ["an absent argument with a header", {}, { "mcp-param-region": "eu" }, refused],
    ["an absent nested argument with a header", { where: {} }, { "mcp-param-zone": "a" }, refused],
    ["no arguments with a header", undefined, { "mcp-param-region": "eu" }, refused],
    ["an absent argument with an empty header", {}, { "mcp-param-region": "" }, refused],
    ["a property without an annotation needs none", { free: "x" }, {}, ok],
    ["headers that no schema knows are let through", {}, { "mcp-param-free": "x", "mcp-param-none": "y" }, ok],
    ["only own properties count", {}, { "mcp-param-constructor": "x" }, ok],
  ];
  it.each(cases)("%s", async (_title, args, headers, expected) => {
    expect(await calling(args, headers)).toEqual(expected);
  });

  it("null with a header is refused, null without one is left to the schema", async () => {
    expect(await calling({ region: null }, { "mcp-param-region": "null" })).toEqual(refused);
    expect(await calling({ region: null }, {})).toEqual([200, true]);
  });

  it.each([[{ region: { a: 1 } }], [{ region: ["eu"] }]])(
    "a value that no header can say is left to the schema: %j",
    async (args) => {
      expect(await calling(args, {})).toEqual([200, true]);
    },
  );

  it("parameters that are wrong in themselves are -32602 with status 200, whatever the headers say (T-11)", async () => {
    const reached = new Reached(server);
    const params = { name: "run", arguments: "none" };
    const headers = { "mcp-param-region": "eu" };
    expect(await refusal(reached.ask("tools/call", params, { headers }))).toEqual([200, -32602]);
  });

  it("a tool without annotations takes no notice of them", async () => {
    expect(await calling({}, { "mcp-param-region": "x" }, "plain")).toEqual(ok);
  });

  it("an unknown tool is -32602 with status 200 (T-22)", async () => {
    expect(await calling({}, { "mcp-param-region": "x" }, "nothing")).toEqual([200, -32602]);
  });

  it("a tool that the caller must not see is as unknown as one that is not there", async () => {
    shown = true;
    expect(await calling({ region: "eu" }, {}, "hidden")).toEqual(refused);
    shown = false;
    expect(await calling({ region: "eu" }, {}, "hidden")).toEqual([200, -32602]);
  });
});
