import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demandOf } from "../../../src/auth/client/challenge.ts";

const PLACE = "https://mcp.example/meta";

describe("SEC-85: a WWW-Authenticate field", () => {
  it.each<[string, string, { error?: string; scope?: string; resourceMetadata?: string }]>([
    ["nothing", "", {}],
    ["one challenge", `Bearer resource_metadata="${PLACE}"`, { resourceMetadata: PLACE }],
    ["values without quotes", "Bearer error=insufficient_scope, scope=a", { error: "insufficient_scope", scope: "a" }],
    ["names and schemes in capitals", `BEARER Resource_Metadata="${PLACE}"`, { resourceMetadata: PLACE }],
    ["spaces around the sign", `Bearer resource_metadata \t= \t"${PLACE}"`, { resourceMetadata: PLACE }],
    [
      "no space after commas",
      `Bearer realm="x",resource_metadata="${PLACE}",scope="a b"`,
      { resourceMetadata: PLACE, scope: "a b" },
    ],
    ["empty elements", `, ,Bearer ,realm="x", ,resource_metadata="${PLACE}",`, { resourceMetadata: PLACE }],
    ["commas in quotes", `Bearer realm="a, Basic b=c", resource_metadata="${PLACE}"`, { resourceMetadata: PLACE }],
    ["escaped quotes", `Bearer realm="a\\", resource_metadata=\\"x", scope="\\a"`, { scope: "a" }],
    ["two schemes", `Basic realm="x", Bearer resource_metadata="${PLACE}"`, { resourceMetadata: PLACE }],
    ["the other scheme last", `Bearer scope="a", Basic realm="x", scope="b"`, { scope: "a" }],
    ["a scheme without parameters", `Negotiate, Bearer scope="a"`, { scope: "a" }],
    ["credentials in one piece", `Negotiate YWJj+/==, Bearer scope="a"`, { scope: "a" }],
    ["two that count", `DPoP algs="ES256", Bearer scope="a"`, { scope: "a" }],
    ["its parameter in another scheme", `Basic resource_metadata="https://evil.example/"`, {}],
    ["its parameter in another's realm", `Basic realm="Bearer resource_metadata=\\"https://evil.example/\\""`, {}],
    ["its parameter in a realm of its own", `Bearer realm="resource_metadata=https://evil.example/"`, {}],
    ["a quote that never ends", `Bearer scope="a", resource_metadata="https://evil.example/`, { scope: "a" }],
    ["an escape at the end", 'Bearer scope="a\\', {}],
    ["a parameter twice", `Bearer scope="a", scope="b"`, { scope: "a" }],
    ["a parameter without a scheme", `resource_metadata="https://evil.example/"`, {}],
    [
      "an empty value, which the grammar takes for credentials",
      `Bearer scope=, resource_metadata="${PLACE}"`,
      { resourceMetadata: PLACE },
    ],
    ["a value that is none", `Bearer realm="x", scope=, resource_metadata="https://evil.example/"`, {}],
    ["scopes that are none", `Bearer scope="a\\"b"`, {}],
    ["scopes with letters of all kinds", `Bearer scope="é"`, {}],
    ["no scope at all", `Bearer scope=""`, {}],
  ])("with %s", (_, field, expected) => {
    const known = Object.fromEntries(Object.entries(demandOf(field)).filter(([, value]) => value !== undefined));
    expect(known).toEqual(expected);
  });

  it("gives back what was written by the grammar, whatever stands around it", () => {
    const word = fc.stringMatching(/^[!#$%&'*+\-.^_`|~\w]{1,8}$/).filter((one) => !/^(bearer|dpop)$/i.test(one));
    const quoted = fc.string().map((text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`);
    const parameter = fc.tuple(word, fc.oneof(word, quoted)).map(([name, value]) => `${name}=${value}`);
    const other = fc
      .tuple(word, fc.array(parameter, { maxLength: 4 }))
      .map(([scheme, parameters]) => `${scheme} ${parameters.join(", ")}`);
    const around = fc.array(other, { maxLength: 3 });
    fc.assert(
      fc.property(around, around, (before, behind) => {
        const field = [...before, `Bearer resource_metadata="${PLACE}"`, ...behind].join(", ");
        expect(demandOf(field).resourceMetadata).toBe(PLACE);
      }),
    );
  });

  it("never throws, and gives only scopes that can be sent", () => {
    const pieces = fc.constantFrom(
      "Bearer ",
      "DPoP",
      "scope",
      "=",
      '"',
      "\\",
      ",",
      " ",
      "a",
      "resource_metadata",
      "\t",
      "é",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const { scope } = demandOf(parts.join(""));
        if (scope !== undefined) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/);
      }),
      { numRuns: 2000 },
    );
  });

  it("is read in time that grows with its length alone", () => {
    const parts = ["Bearer ", "a=", '"', "\\", ",", " ", "a", "a=b,", "Bearer a=b,", "A ", "a==", '"\\"', "a b "];
    for (const part of parts) {
      const field = part.repeat(Math.ceil((1024 * 1024) / part.length));
      const started = performance.now();
      demandOf(field);
      demandOf(`Bearer ${field}`);
      demandOf(`Bearer scope="${field}`);
      demandOf(`Bearer scope="${field.replaceAll(/["\\]/g, "")}"`);
      expect(performance.now() - started, part).toBeLessThan(3000);
    }
  });
});
