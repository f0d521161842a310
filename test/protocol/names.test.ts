import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extensionIdProblem, isReservedMetaKey, metaKeyProblem, toolNameProblem } from "../../src/protocol/names.ts";

describe("toolNameProblem (TOOL-2)", () => {
  it.each(["a", "getUser", "DATA_EXPORT_v2", "admin.tools.list", "a-b", "-", "x".repeat(128)])("accepts %s", (name) => {
    expect(toolNameProblem(name)).toBeUndefined();
  });

  it.each([
    ["", /empty/],
    ["x".repeat(129), /at most 128/],
    ["a b", /only letters/],
    ["a/b", /only letters/],
    ["a,b", /only letters/],
    ["naïve", /only letters/],
    ["a\n", /only letters/],
  ])("warns of %j", (name, problem) => {
    expect(toolNameProblem(name)).toMatch(problem);
  });
});

describe("metaKeyProblem (META-7)", () => {
  it.each([
    "progressToken",
    "traceparent",
    "a",
    "7",
    "a-b_c.d",
    "",
    "com.example/",
    "com.example/name",
    "x/name",
    "a1.b-2.c/n",
    "io.modelcontextprotocol/related-task",
    "com.example/9",
  ])("accepts %j", (key) => {
    expect(metaKeyProblem(key)).toBeUndefined();
  });

  it.each(["/name", "1com/x", "com..example/x", ".com/x", "com./x", "com-/x", "-com/x", "c_m/x", "ü.de/x", "com /x"])(
    "finds the prefix of %j wrong",
    (key) => {
      expect(metaKeyProblem(key)).toMatch(/label/);
    },
  );

  it.each(["-a", "a-", "_a", "a.", ".a", "a b", "a/b/c", "com.example/-", "é", "a\n"])(
    "finds the name of %j wrong",
    (key) => {
      expect(metaKeyProblem(key)).toMatch(/name/);
    },
  );

  it("accepts exactly the grammar", () => {
    const label = fc.stringMatching(/^[A-Za-z]([A-Za-z0-9-]{0,5}[A-Za-z0-9])?$/);
    const name = fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,5}[A-Za-z0-9])?)?$/);
    fc.assert(
      fc.property(fc.array(label, { maxLength: 4 }), name, (labels, rest) => {
        const key = labels.length === 0 ? rest : `${labels.join(".")}/${rest}`;
        expect(metaKeyProblem(key)).toBeUndefined();
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it("ends for long keys that almost fit", () => {
    expect(metaKeyProblem(`${"a-".repeat(500_000)}!`)).toBeDefined();
    expect(metaKeyProblem(`${"a".repeat(1_000_000)}-`)).toBeDefined();
    expect(metaKeyProblem(`${"a-".repeat(500_000)}/x`)).toBeDefined();
    expect(metaKeyProblem(`${".".repeat(1_000_000)}/x`)).toBeDefined();
  });
});

describe("isReservedMetaKey (META-7)", () => {
  it.each([
    "io.modelcontextprotocol/x",
    "dev.mcp/x",
    "org.modelcontextprotocol.api/x",
    "com.mcp.tools/x",
    "io.modelcontextprotocol.skills/x",
    "dev.mcp/",
  ])("%s belongs to the protocol", (key) => {
    expect(isReservedMetaKey(key)).toBe(true);
  });

  it.each(["com.example.mcp/x", "mcp/x", "modelcontextprotocol/x", "mcp", "io.mcp", "com.example/io.mcp", "io.mcpx/x"])(
    "%s does not",
    (key) => {
      expect(isReservedMetaKey(key)).toBe(false);
    },
  );
});

describe("extensionIdProblem (EXT-1)", () => {
  it("wants a prefix and a name", () => {
    expect(extensionIdProblem("io.modelcontextprotocol/tasks")).toBeUndefined();
    expect(extensionIdProblem("com.example/audit")).toBeUndefined();
    expect(extensionIdProblem("tasks")).toMatch(/prefix/);
    expect(extensionIdProblem("")).toMatch(/prefix/);
    expect(extensionIdProblem("com.example/")).toMatch(/name/);
    expect(extensionIdProblem("1com/audit")).toMatch(/label/);
    expect(extensionIdProblem("com.example/-audit")).toMatch(/name/);
  });
});
