import { describe, expect, it } from "vitest";
import type { Message } from "../../src/jsonrpc/index.ts";
import { REVISIONS, type Revision } from "../../src/protocol/index.ts";
import { Tap } from "./tap.ts";
import { fixtures } from "./wire-schemas.ts";

/** What the tap says of a message that comes after others. */
function blame(revision: Revision, ...messages: readonly ["client" | "server", object][]): string {
  const tap = new Tap(revision);
  for (const [from, message] of messages) tap.hear(from, message as Message);
  return tap.violations.join("\n");
}

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

const call = (params: object): object => ({ jsonrpc: "2.0", id: 1, method: "tools/call", params });

describe.skipIf(fixtures === undefined)("the tap, with the schemas of MCPLEX_FIXTURES", () => {
  it.each(REVISIONS)("passes a good call and refuses a bad one [%s]", (revision) => {
    const more = revision === "2026-07-28" ? { _meta: meta } : {};
    expect(blame(revision, ["client", call({ name: "a", ...more })])).toBe("");
    expect(blame(revision, ["client", call({ name: 1, ...more })])).toContain("/name must be string");
    expect(blame(revision, ["client", { jsonrpc: "2.0", id: 1.5, method: "ping" }])).not.toBe("");
  });

  it.each(REVISIONS)("checks a result against the method that it answers [%s]", (revision) => {
    const more = revision === "2026-07-28" ? { _meta: meta } : {};
    const complete = revision === "2026-07-28" ? { resultType: "complete" } : {};
    const answer = (result: object): string =>
      blame(revision, ["client", call({ name: "a", ...more })], ["server", { jsonrpc: "2.0", id: 1, result }]);
    expect(answer({ content: [], ...complete })).toBe("");
    expect(answer({ contents: [], ...complete })).toContain("CallToolResult");
    expect(answer({ content: [{ type: "text" }], ...complete })).toContain("CallToolResult");
  });

  it("knows which side sends what", () => {
    expect(blame("2025-11-25", ["server", call({ name: "a" })])).toContain("no request of the server");
    expect(blame("2025-11-25", ["client", { jsonrpc: "2.0", method: "notifications/message" }])).toContain("client");
    expect(blame("2026-07-28", ["server", { jsonrpc: "2.0", id: 1, method: "ping" }])).toContain("STDIO-3");
  });

  it("accepts numbers in forms, which the schemas take for integers (T-23)", () => {
    const ask = {
      jsonrpc: "2.0",
      id: 7,
      method: "elicitation/create",
      params: { message: "?", requestedSchema: { type: "object", properties: {} } },
    };
    const answer = (content: object): string =>
      blame(
        "2025-11-25",
        ["server", ask],
        ["client", { jsonrpc: "2.0", id: 7, result: { action: "accept", content } }],
      );
    expect(answer({ a: 95.5, b: true, c: "x", d: ["y"] })).toBe("");
    expect(answer({ a: { b: 1 } })).toContain("ElicitResult");
  });

  it("checks errors by their code", () => {
    const request = call({ name: "a", _meta: meta });
    const answer = (error: object): string =>
      blame("2026-07-28", ["client", request], ["server", { jsonrpc: "2.0", id: 1, error }]);
    expect(answer({ code: -32602, message: "no" })).toBe("");
    expect(answer({ code: -32022, message: "no" })).toContain("UnsupportedProtocolVersionError");
    expect(answer({ code: -32002, message: "no" })).toContain("JRPC-8");
  });
});

describe("the tap, without any schema", () => {
  it("knows the rules between messages", () => {
    const request = call({ name: "a", _meta: { ...meta, progressToken: 3 } });
    const response = { jsonrpc: "2.0", id: 1, result: { resultType: "complete", content: [] } };
    const progress = (value: number): object => ({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: 3, progress: value },
    });
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    const told = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
    expect(blame("2026-07-28", ["client", request], ["server", progress(1)], ["server", response])).toBe("");
    expect(blame("2026-07-28", ["client", request], ["client", request])).toContain("JRPC-3");
    expect(blame("2026-07-28", ["client", request], ["server", response], ["server", response])).toContain("JRPC-2");
    expect(blame("2026-07-28", ["client", request], ["server", progress(1)], ["server", progress(1)])).toContain(
      "PROG-1",
    );
    expect(blame("2026-07-28", ["server", progress(1)])).toContain("PROG-1");
    expect(blame("2026-07-28", ["client", cancelled])).toContain("CAN-2");
    expect(blame("2026-07-28", ["server", told])).toContain("SUB-3");
    expect(blame("2025-11-25", ["server", told])).toBe("");
  });

  it.skipIf(fixtures === undefined)("takes a mark for a message, and misses one that was not needed", () => {
    const tap = new Tap("2026-07-28");
    tap.excuse("an untagged change", (message) => "method" in message && message.method.endsWith("list_changed"));
    tap.excuse("never sent", () => false);
    tap.hear("server", { jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    expect(tap.violations).toEqual([]);
    expect(() => tap.verify()).toThrow("never sent");
  });
});
