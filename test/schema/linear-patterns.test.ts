import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type JsonSchema } from "../../src/schema/index.ts";
import { authorPatterns, compilePeer, loadLinearPatterns } from "../../src/schema/validator/index.ts";

const linear = await loadLinearPatterns();

const texts = [
  ..."aAbzZ019 _-.,:/\\^$|?*+()[]{}éßΩα৪🐲\t\n\v\f\r\b\0\u0003\u00a0\u1680\u2003\u2028\ufeff\u180e",
  ...["", "ab", "aab", "abc", "foo.bar", "2024-01-02", "d-x", "{3}", "a{,3}", "🐲🐲", "\ud83d", "\udc32", "p{L}", "-]"],
  ...["aaa", "aB3$", "user@example.com", "cat", "catalog", "k<a>", "u{41}", "A\nb"],
];

describe("linear patterns say what ECMA-262 says", () => {
  it.each([
    ..."^\\s$ ^\\S$ ^[\\s]$ ^[^\\s]$ ^[\\S]$ ^[^\\S]$ ^.$ ^\\d$ ^\\D$ ^\\w$ ^\\W$ ^[\\d-x]+$ ^[a-c]+$ ^[-a]$ ^[a-]$".split(
      " ",
    ),
    ..."[] ^[^]$ ^\\cC$ ^\\x41$ ^\\u0041$ ^\\u{41}$ ^\\uD83D\\uDC32$ ^[\\uD83D\\uDC32]$ ^🐲*$ ^\\ud83d$".split(" "),
    ..."^\\p{L}+$ ^\\p{Letter}$ ^\\p{Lu}$ ^\\P{L}$ ^[\\p{L}\\p{Nd}]$ ^\\p{Script=Greek}$ ^\\p{sc=Greek}$ ^\\p{gc=Nd}$".split(
      " ",
    ),
    ..."^\\p{General_Category=Decimal_Number}$ ^\\p{ASCII}$ ^\\P{ASCII}+$ ^\\p{Any}$ ^\\p{Alphabetic}$ ^\\p{digit}$".split(
      " ",
    ),
    ..."^(?<n>a)b?$ ^(?:a|b)+$ ^a{2,3}$ a{,3} ^a{0}$ ^a{2}$ ^a{1,}$ ^[\\b]$ \\bcat\\b \\Bat ^\\/$ ^\\.$ ^\\-$".split(
      " ",
    ),
    ..."^[\\]]$ ^[[]$ ^\\[$ ^{$ ^}$ ^]$ ^\\0$ ^[\\x00-\\x1f]$ ^[^\\x00-\\x7f]$ ^\\z$ ^\\Q$ ^\\A$ ^[\\w-]+$".split(" "),
    ..."^[a-z0-9._%+-]+$ ^(?:)$ ^a??b a+? ^[A-Za-z]{1,3}?$ \\d{4}-\\d{2}-\\d{2} ^[a\\-c]$ ^[^a]$ a$ ^A\\nb$".split(" "),
    ..."^(?=.*\\d)(?=.*[a-z]).{2,}$ ^(?!.*c).{1,3}$ ^(?!a|b) ^(?=a|(b))[a-z]+$ ^(?![^a]) ^(?!)".split(" "),
    "",
  ])("%s", (source) => {
    const [ours, theirs] = [linear(source), authorPatterns(source)];
    for (const text of texts) expect([text, ours(text)]).toEqual([text, theirs(text)]);
  });

  it("for patterns and texts put together at random", () => {
    const atom = fc.constantFrom(
      ..."a b \\d \\w \\s . [ab] [^a] [a-c\\d] \\. \\u0061 \\x62 (?:ab) (a|b) \\p{L} é 🐲 \\b ^ $".split(" "),
    );
    const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0,2}", "*?");
    const piece = fc.tuple(atom, quantifier).map(([a, q]) => (["\\b", "^", "$"].includes(a) ? a : a + q));
    const source = fc.array(fc.oneof(piece, fc.constant("|")), { maxLength: 6 }).map((pieces) => pieces.join(""));
    const text = fc.array(fc.constantFrom(..."aabbc1 .é🐲\n"), { maxLength: 6 }).map((letters) => letters.join(""));
    fc.assert(
      fc.property(source, fc.array(text, { minLength: 3, maxLength: 5 }), (pattern, candidates) => {
        const [ours, theirs] = [linear(pattern), authorPatterns(pattern)];
        for (const each of candidates) expect([each, ours(each)]).toEqual([each, theirs(each)]);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

describe("a pattern that is not possible is refused", () => {
  it.each<[string, string]>([
    ["(?=a)", "look-around"],
    ["a(?!b)", "look-around"],
    ["(?<=a)b", "look-around"],
    ["(?<!a)b", "look-around"],
    ["^(?=a)b|c", "look-around"],
    ["^(?=a)*b", "look-around"],
    ["^(?:(?=a)b)", "look-around"],
    ["^(?=(?=a))", "look-around"],
    ["(a)\\1", "back reference"],
    ["(?<a>x)\\k<a>", "back reference"],
    ["(?i:a)", "a group of this kind"],
    ["(?<", "a group of this kind"],
    ["[a", "ends too early"],
    ["\\", "ends too early"],
    ["^(?=a", "ends too early"],
    ["\\p{L", "has no end"],
    ["\\u{110000}", "not complete"],
    ["\\u{zz}", "not complete"],
    ["a**", "repetition"],
    ["(", "missing closing"],
    ["a)", "unexpected )"],
    ["[z-a]", "range"],
    ["\\p{Nothing}", "range"],
    ["a{1001}", "repeat count"],
    ["((a{30}){30}){30}", "too large"],
    ["(?:[ab]{0,500}){0,500}", "too large"],
    ["\\p{L}".repeat(101), "too large"],
  ])("%s", (source, reason) => {
    expect(() => linear(source)).toThrow(reason);
  });
});

describe("schemas that libraries write for their formats", () => {
  it.each([
    z.email(),
    z.uuid(),
    z.ipv4(),
    z.ipv6(),
    z.cidrv4(),
    z.cidrv6(),
    z.base64(),
    z.base64url(),
    z.e164(),
    z.iso.datetime({ offset: true }),
    z.iso.date(),
    z.iso.time(),
    z.hostname(),
    z.ulid(),
    z.string().startsWith("a/b"),
    z.string().includes("x."),
  ])("%#", async (schema) => {
    await expect(compilePeer(z.toJSONSchema(schema) as JsonSchema)).resolves.toBeTypeOf("function");
  });
});
