import { describe, expect, it } from "vitest";
import * as check from "../../src/protocol/methods/check.ts";

const message = { role: "user", content: { type: "text", text: "hello" } };

describe("contentBlock", () => {
  it.each([
    [{ type: "text", text: "", annotations: 5 }],
    [{ type: "image", data: "", mimeType: "image/png" }],
    [{ type: "audio", data: "", mimeType: "audio/wav" }],
    [{ type: "resource_link", uri: "note://1", name: "n" }],
    [{ type: "resource", resource: { uri: "note://1", text: "" } }],
    [{ type: "resource", resource: { uri: "note://1", blob: "" } }],
    [{ type: "hologram" }],
    [{ type: "constructor" }],
    [{ type: "tool_use" }],
  ])("accepts %j", (block) => {
    expect(check.contentBlock(block)).toBeUndefined();
  });

  it.each([
    [null, "block must be an object"],
    ["text", "block must be an object"],
    [{ text: "x" }, "block.type must be a string"],
    [{ type: "text" }, "block.text must be a string"],
    [{ type: "image", data: "" }, "block.mimeType must be a string"],
    [{ type: "audio", mimeType: "audio/wav" }, "block.data must be a string"],
    [{ type: "resource_link", uri: "note://1" }, "block.name must be a string"],
    [{ type: "resource" }, "block.resource must be an object"],
    [
      { type: "resource", resource: { uri: "note://1" } },
      'block.resource must have a string "text" or a string "blob"',
    ],
  ])("refuses %j", (block, problem) => {
    expect(check.contentBlock(block)).toBe(problem);
  });
});

describe("the order of tool uses and results in a conversation (SAMP-3)", () => {
  const use = (...ids: string[]): unknown => ({
    role: "assistant",
    content: ids.map((id) => ({ type: "tool_use", id, name: "t", input: {} })),
  });
  const result = (id: string): unknown => ({ type: "tool_result", toolUseId: id, content: [] });
  const answer = (...content: unknown[]): unknown => ({ role: "user", content });
  const problem = (...messages: unknown[]): string | undefined => check.createMessageParams({ messages, maxTokens: 1 });

  it("passes where every use is answered at once, in any order", () => {
    expect(problem(message, use("1", "2"), answer(result("2"), result("1")), message)).toBeUndefined();
    expect(problem(use("1"), { role: "user", content: result("1") }, use("1"), answer(result("1")))).toBeUndefined();
  });

  it.each([
    ["is never answered", [use("1")], "params.messages must answer every tool use"],
    ["is answered late", [use("1"), message, answer(result("1"))], "params.messages[1].content must answer"],
    ["is answered in part", [use("1", "2"), answer(result("1"))], "params.messages[1].content must answer"],
    ["was not made", [message, answer(result("1"))], "params.messages[1].content must answer"],
    ["has another id", [use("1"), answer(result("2"))], "params.messages[1].content must answer"],
    [
      "is answered among other blocks",
      [use("1"), answer(result("1"), { type: "text", text: "and" })],
      "params.messages[1].content must hold tool results alone",
    ],
  ])("refuses a conversation in which a use %s", (_, messages, said) => {
    expect(problem(...messages)).toContain(said);
  });
});
