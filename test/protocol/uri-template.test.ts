import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { UriTemplate as Matching } from "../../src/protocol/uri-template.ts";
import { expandUriTemplate, type TemplateValue } from "../../src/protocol/uri-template-expand.ts";
import type { TemplateVariables } from "../../src/protocol/uri-template-variables.ts";

/** A template both ways. */
class UriTemplate extends Matching {
  expand(values: Readonly<Record<string, TemplateValue>>): string {
    return expandUriTemplate(this.source, values);
  }
}

const fixtures = process.env["MCPLEX_FIXTURES"];

interface Section {
  variables: Record<string, TemplateValue>;
  testcases: [template: string, expected: string | string[] | false][];
}

function cases(file: string): [title: string, section: Section][] {
  if (fixtures === undefined) return [];
  const sections = JSON.parse(readFileSync(join(fixtures, "uri-template", file), "utf8")) as Record<string, Section>;
  return Object.entries(sections).map(([title, section]) => [`${file}: ${title}`, section]);
}

const match = (template: string, uri: string, unsafe?: readonly string[] | boolean) =>
  new UriTemplate(template, { match: true, unsafe }).match(uri);

const seeded = { seed: 6570, numRuns: 300 };
const text = fc.string({ unit: "grapheme", maxLength: 30 });
/** Strings that lead nowhere: no separators, drives, NUL or dots. */
const safeText = text.map((value) => `v${value.replaceAll(/[/\\:\0.]/gu, "_")}`);

describe.skipIf(fixtures === undefined)("RES-2: RFC 6570 expansion", () => {
  it.each([...cases("spec-examples.json"), ...cases("spec-examples-by-section.json"), ...cases("extended-tests.json")])(
    "%s",
    (_title, { variables, testcases }) => {
      for (const [template, expected] of testcases) {
        const expanded = new UriTemplate(template).expand(variables);
        expect([expected].flat(), template).toContain(expanded);
      }
    },
  );

  it.each(cases("negative-tests.json"))("%s", (_title, { variables, testcases }) => {
    for (const [template, expected] of testcases) {
      expect(expected).toBe(false);
      expect(() => new UriTemplate(template).expand(variables), template).toThrow(DefinitionError);
    }
  });
});

describe("expand", () => {
  it("writes numbers and booleans as text and leaves out null and undefined", () => {
    const template = new UriTemplate("x://{a}{?b,c,d,e}");
    expect(template.expand({ a: 0, b: false, c: null, d: undefined, e: [1, null, undefined, "z"] })).toBe(
      "x://0?b=false&e=1,z",
    );
  });

  it("reads own properties only", () => {
    expect(new UriTemplate("{toString}{__proto__}{constructor}").expand({})).toBe("");
    expect(new UriTemplate("{x}").expand(Object.create({ x: "inherited" }))).toBe("");
    expect(new UriTemplate("{__proto__}").expand(JSON.parse('{"__proto__": "own"}'))).toBe("own");
  });

  it("encodes a lone surrogate as U+FFFD and never cuts a pair in two", () => {
    expect(new UriTemplate("{x}").expand({ x: "\ud800" })).toBe("%EF%BF%BD");
    expect(new UriTemplate("{x:2}").expand({ x: "a\u{1f600}b" })).toBe("a%F0%9F%98%80");
  });

  it("writes an empty name=value pair as its operator does", () => {
    expect(new UriTemplate("{;m*}{?n*}{/o*}").expand({ m: { a: "" }, n: { b: "" }, o: { c: "" } })).toBe(";a?b=/c=");
    expect(new UriTemplate("{;m}{?n}").expand({ m: [""], n: [""] })).toBe(";m?n=");
  });
});

describe("definitions (SEC-111)", () => {
  it.each([
    ["x{", /character 2: "\{" is never closed/],
    ["x}", /character 2: "}" must be percent-encoded/],
    ["a b", /character 2: " " must be percent-encoded/],
    ["50%/{x}", /character 3: "%" must be percent-encoded/],
    ["{}", /character 2: "" is no variable/],
    ["{a,,b}", /character 4: "" is no variable/],
    ["{a{b}}", /"a\{b" is no variable/],
    ["{a,b c}", /character 4: "b c" is no variable/],
    ["{!a}", /character 2: the operator "!" is reserved/],
    ["a\nb", /"\\n" must be percent-encoded/],
  ])("%j is refused where it is wrong", (source, message) => {
    expect(() => new UriTemplate(source)).toThrow(DefinitionError);
    expect(() => new UriTemplate(source)).toThrow(message);
  });

  it("refuses more than 64 expressions and more than 8192 characters", () => {
    expect(new UriTemplate("{a}/".repeat(64)).variables).toEqual(["a"]);
    expect(() => new UriTemplate("{a}/".repeat(65))).toThrow(/more than 64 expressions/);
    expect(new UriTemplate("x".repeat(8192)).expand({})).toHaveLength(8192);
    expect(() => new UriTemplate("x".repeat(8193))).toThrow(/longer than 8192/);
    expect(() => new UriTemplate("{".repeat(8193))).toThrow(DefinitionError);
  });

  it("throws nothing but DefinitionError, and quotes no more than a piece of a stranger's template", () => {
    const outcome = (source: string): Error | undefined => {
      try {
        new UriTemplate(source, { match: true }).match(source);
        return undefined;
      } catch (error) {
        return error as Error;
      }
    };
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from("{}{}ab%2*:,;?&/+#.=!\n\0é\ud800 ")) }), (source) => {
        expect([undefined, DefinitionError]).toContain(outcome(source)?.constructor);
      }),
      { ...seeded, numRuns: 2000 },
    );
    expect(() => new UriTemplate("x".repeat(9000))).toThrow(/^.{1,200}$/);
  });

  it.each([
    "{a}{b}",
    "{a}{+b}",
    "{+a}{b}",
    "{#a}{b}",
    "{?a}{b}",
    "{;a}{b}",
    "{a}{?q}{b}",
    "{/a*}{/b*}",
    "{/a*,b*}",
    "{a*,b*}",
    "{x}/{x}",
    "{/x:1,x}",
  ])("%s can be expanded and not matched", (source) => {
    const template = new UriTemplate(source);
    expect(template.expand({})).toEqual(expect.any(String));
    expect(() => template.match("x")).toThrow(DefinitionError);
    expect(() => new UriTemplate(source, { match: true })).toThrow(/put a literal|stands in it twice/);
  });

  it("refuses to match more than 64 variables outside of sets", () => {
    const names = Array.from({ length: 65 }, (_, i) => `v${i}`);
    expect(new UriTemplate(`{${names.slice(1).join()}}`, { match: true }).variables).toHaveLength(64);
    expect(() => new UriTemplate(`{${names.join()}}`, { match: true })).toThrow(/more than 64 variables/);
    expect(new UriTemplate(`{?${names.join()}}`, { match: true }).match("?v64=x")).toEqual({ v64: "x" });
  });

  it("refuses an unsafe name that is no variable", () => {
    expect(() => new UriTemplate("{path}", { unsafe: ["pth"] })).toThrow(/"unsafe" names "pth"/);
  });
});

describe("match", () => {
  it.each<[template: string, uri: string, expected: Record<string, string | string[]> | undefined]>([
    ["note://all", "note://all", {}],
    ["note://all", "note://al", undefined],
    ["", "", {}],
    ["", "x", undefined],
    ["note://{id}", "note://7", { id: "7" }],
    ["note://{id}", "note://a%20b", { id: "a b" }],
    ["note://{id}", "note://joe@example.com", { id: "joe@example.com" }],
    ["note://{id}", "note://café", { id: "café" }],
    ["note://{id}", "NOTE://7", undefined],
    ["note://{id}", "note://", undefined],
    ["note://{id}", "note://a/b", undefined],
    ["note://{id}", "note://a?b", undefined],
    ["note://{id}", "note://a#b", undefined],
    ["note://{id}", "note://%zz", undefined],
    ["note://{id}", "note://%", undefined],
    ["note://{id}", "note://%ff", undefined],
    ["note://{id}", "note://%c0%af", undefined],
    ["note://{id}", "note://%ed%a0%80", undefined],
    ["note://{id}", "note://\ud800", undefined],
    ["test://template/{id}/data", "test://template/123/data", { id: "123" }],
    ["café/{id}", "caf%C3%A9/1", { id: "1" }],
    ["{a}-{b}", "x-y-z", { a: "x-y", b: "z" }],
    ["{name}.{ext}", "archive.tar.gz", { name: "archive.tar", ext: "gz" }],
    ["{a}-{b}", "x--", { a: "x", b: "-" }],
    ["{a,b}", "1,2", { a: "1", b: "2" }],
    ["{a,b}", "1,2,3", undefined],
    ["{a}", "1,2", { a: "1,2" }],
    ["{a*}", "1,2", { a: ["1", "2"] }],
    ["{a,b*}", "1,2,3", { a: "1", b: ["2", "3"] }],
    ["{a*,b}", "1,2,3", { a: ["1", "2"], b: "3" }],
    ["x{.a}", "x.y.z", { a: "y.z" }],
    ["x{.a,b}", "x.y.z", { a: "y", b: "z" }],
    ["x{.a*}", "x.y.z", { a: ["y", "z"] }],
    ["x{/a}", "x/y", { a: "y" }],
    ["x{/a}", "x/y/z", undefined],
    ["x{/a,b}", "x/y/z", { a: "y", b: "z" }],
    ["x{/a*}", "x/y/z", { a: ["y", "z"] }],
    ["x{/a*}", "x/y//z", undefined],
    ["x{/a*}", "x", undefined],
    ["x{/a*}{/b}", "x/1/2/3", { a: ["1", "2"], b: "3" }],
    ["x{/a*}/end", "x/1/end/end", { a: ["1", "end"] }],
    ["{v:3}/{w}", "abc/d", { v: "abc", w: "d" }],
    ["{v:3}/{w}", "abcd/d", undefined],
    ["{v:1}", "%F0%9F%98%80", { v: "\u{1f600}" }],
    ["file:///{+path}", "file:///a/b%20c?d#e", { path: "a/b c?d#e" }],
    ["file:///{path}", "file:///a/b", undefined],
    ["{+a}/{b}", "1/2/3", { a: "1/2", b: "3" }],
    ["{+a}/{+b}", "1/2/3", { a: "1/2", b: "3" }],
    ["{+a}{/b}", "1/2/3", { a: "1/2", b: "3" }],
    ["{+a}{?q}", "1/2?q=3/4?5", { a: "1/2", q: "3/4?5" }],
    ["{+a}/end{?q}", "x/end?q=/end", { a: "x", q: "/end" }],
    ["{+a}{#f}", "x#y#z", { a: "x", f: "y#z" }],
    ["{+a}?v={v}", "x?v=1", { a: "x", v: "1" }],
    ["doc{#f}", "doc#/definitions/x", { f: "/definitions/x" }],
    ["doc{#f}", "doc", undefined],
    ["x{;a,b}", "x;b=2;a=1", { a: "1", b: "2" }],
    ["x{;a,b}", "x;a;b=", { a: "", b: "" }],
    ["x{;a,b}", "x;a=1", undefined],
    ["x{;a*}", "x;a=1;a=2", { a: ["1", "2"] }],
    ["{x}{;a}{?q}", "y;a=1?q=2", { x: "y", a: "1", q: "2" }],
    ["s{?q,limit}", "s", {}],
    ["s{?q,limit}", "s?q=x", { q: "x" }],
    ["s{?q,limit}", "s?limit=1&q=x", { q: "x", limit: "1" }],
    ["s{?q,limit}", "s?q=", { q: "" }],
    ["s{?q,limit}", "s?q", { q: "" }],
    ["s{?q,limit}", "s?q=a=b%26c", { q: "a=b&c" }],
    ["s{?q,limit}", "s?q=a+b", { q: "a+b" }],
    ["s{?q,limit}", "s?q=1&q=2", undefined],
    ["s{?q,limit}", "s?q=1&other=2", undefined],
    ["s{?q,limit}", "s&q=1", undefined],
    ["s{?q,limit}", "s?q=%zz", undefined],
    ["s{?q,limit}", "s?", undefined],
    ["s{?q,limit}", "s?q=1#f", undefined],
    ["s{?q*,r}", "s?q=1&r=3&q=2", { q: ["1", "2"], r: "3" }],
    ["s{?q}{&r}", "s?r=1", { r: "1" }],
    ["s?fixed=yes{&x}", "s?fixed=yes&x=1", { x: "1" }],
    ["s?fixed=yes{&x}", "s?fixed=yes", {}],
    ["s?a={a}{&x}", "s?a=1&x=2", { a: "1", x: "2" }],
    ["s{?a,b}&f=1{&c}", "s?a=1&b=2&f=1&c=3", { a: "1", b: "2", c: "3" }],
    ["s{?q}{#f}", "s?q=1#2", { q: "1", f: "2" }],
    ["s{?__proto__,toString}", "s?__proto__=1", JSON.parse('{"__proto__": "1"}')],
    ["s{?q}", "s?toString=1", undefined],
  ])("RES-2: %s on %s", (template, uri, expected) => {
    expect(match(template, uri)).toEqual(expected);
  });

  it("gives an ordinary object with own properties only", () => {
    const found = match("{__proto__}", "x");
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(Object.entries(found ?? {})).toEqual([["__proto__", "x"]]);
  });

  it("matches a URI of 4096 characters and none that is longer", () => {
    expect(match("x:{a}", `x:${"y".repeat(4094)}`)).toEqual({ a: "y".repeat(4094) });
    expect(match("x:{a}", `x:${"y".repeat(4095)}`)).toBeUndefined();
  });
});

describe("traversal (SEC-113, SEC-115)", () => {
  it.each([
    ["note://{id}", "note://.."],
    ["note://{id}", "note://%2e%2e"],
    ["note://{id}", "note://%2e%2e%2f"],
    ["note://{id}", "note://a%2Fb"],
    ["note://{id}", "note://a%5Cb"],
    ["note://{id}", "note://a\\b"],
    ["note://{id}", "note://%00"],
    ["note://{id}", "note://C:"],
    ["note://{id}", "note://c%3Ax"],
    ["note://{id}", "note://%2F%2Fhost"],
    ["x{/p*}", "x/a/../b"],
    ["x{/p*}", "x/a/%2e%2E/b"],
    ["x{;p}", "x;p=.."],
    ["x{.p}", "x..%2f"],
    ["file:///{+path}", "file:///../etc/passwd"],
    ["file:///{+path}", "file:///a/../../etc"],
    ["file:///{+path}", "file:///a/.."],
    ["file:///{+path}", "file:///a/%2e%2e/b"],
    ["file:///{+path}", "file:///a%2f..%2fb"],
    ["file:///{+path}", "file:///a%5C..%5Cb"],
    ["file:///{+path}", "file:////etc/passwd"],
    ["file:///{+path}", "file:///%2Fetc/passwd"],
    ["file:///{+path}", "file:///%5C%5Chost/share"],
    ["file:///{+path}", "file:///C:/Windows"],
    ["file:///{+path}", "file:///a%00.txt"],
    ["file:///{+path}", "file:///"],
    ["file://{+path}", "file:///etc/passwd"],
    ["s{?q}", "s?q=../x"],
    ["s{?q}", "s?q=%00"],
    ["s{?q}", "s?q=C:%5C"],
    ["s{#f}", "s#a/../b"],
  ])("%s refuses %s, unless told otherwise", (template, uri) => {
    expect(match(template, uri)).toBeUndefined();
    expect(match(template, uri, true)).toEqual(expect.any(Object));
  });

  it.each([
    ["file:///{+path}", "file://evil/share"],
    ["note://{id}", "note://a/b"],
    ["note://{id}", "note://%ff"],
  ])("%s refuses %s, whatever it is told", (template, uri) => {
    expect(match(template, uri, true)).toBeUndefined();
  });

  it("decodes once", () => {
    expect(match("note://{id}", "note://%252e%252e%252f")).toEqual({ id: "%2e%2e%2f" });
    expect(match("file:///{+path}", "file:///a%252Fb")).toEqual({ path: "a%2Fb" });
  });

  it("lets through what only looks like it", () => {
    expect(match("file:///{+path}", "file:///..a/b../...")).toEqual({ path: "..a/b../..." });
    expect(match("note://{id}", "note://a..b")).toEqual({ id: "a..b" });
    expect(match("note://{id}", "note://urn:x")).toEqual({ id: "urn:x" });
    expect(match("s{?cursor}", "s?cursor=/9j/4AAQ")).toEqual({ cursor: "/9j/4AAQ" });
  });

  it("takes the checks off the named variables alone", () => {
    expect(match("x{/a,b}", "x/../c", ["a"])).toEqual({ a: "..", b: "c" });
    expect(match("x{/a,b}", "x/../..", ["a"])).toBeUndefined();
    expect(match("x{/a,b}", "x//c", ["a"])).toEqual({ a: "", b: "c" });
    expect(match("x{/a,b}", "x/../c", false)).toBeUndefined();
  });
});

describe("round trips (SEC-113)", () => {
  it.each(["note://{a}", "x{/a}", "x/{a}/{b}{?c,d}", "x{;a,b}{?c}{&d}", "{a,b}{#c}", "x://{a}:{b}@{c}/{d}"])(
    "match(expand(values)) gives any strings back through %s, where unsafe",
    (source) => {
      const template = new UriTemplate(source, { match: true, unsafe: true });
      fc.assert(
        fc.property(
          fc.tuple(
            text,
            text,
            text.filter((value) => !value.includes("%")),
            text,
          ),
          ([a, b, c, d]) => {
            const all: Record<string, string> = { a, b, c, d };
            const values = Object.fromEntries(template.variables.map((name) => [name, all[name] ?? ""]));
            expect(template.match(template.expand(values))).toEqual(values);
          },
        ),
        seeded,
      );
    },
  );

  it("gives safe strings back, and refuses the others or gives them back", () => {
    const template = new UriTemplate("x/{a}{/b}{?c}", { match: true });
    fc.assert(
      fc.property(safeText, safeText, safeText, (a, b, c) => {
        expect(template.match(template.expand({ a, b, c }))).toEqual({ a, b, c });
      }),
      seeded,
    );
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const found = template.match(template.expand({ a, b, c }));
        expect([undefined, JSON.stringify({ a, b, c })]).toContain(found && JSON.stringify(found));
        expect(String(found?.["a"])).not.toMatch(/[/\\\0]/);
      }),
      seeded,
    );
  });

  it("gives paths back through {+path}", () => {
    const template = new UriTemplate("file:///{+path}", { match: true });
    fc.assert(
      fc.property(
        fc.array(
          safeText.filter((value) => !value.includes("%")),
          { minLength: 1 },
        ),
        (segments) => {
          const path = segments.join("/");
          expect(template.match(template.expand({ path }))).toEqual({ path });
        },
      ),
      seeded,
    );
  });

  it.each(["x{/a*}", "x{?a*}", "x{;a*}", "{a*}"])("gives lists back through %s", (source) => {
    const template = new UriTemplate(source, { match: true });
    fc.assert(
      fc.property(fc.array(safeText, { minLength: 1, maxLength: 8 }), (a) => {
        expect(template.match(template.expand({ a }))).toEqual({ a });
      }),
      seeded,
    );
  });

  it("reads a URI as a search through all readings does", () => {
    const literals = fc.array(fc.constantFrom("-", "/", "--", "x"), { minLength: 1, maxLength: 3 });
    const uris = fc.string({ unit: fc.constantFrom("-", "/", "x"), maxLength: 8 });
    fc.assert(
      fc.property(literals, fc.boolean(), uris, (between, reserved, uri) => {
        const source = between.map((literal, i) => `{${reserved ? "+" : ""}v${i}}${literal}`).join("");
        const value = reserved ? "(.+)" : "([^/]+)";
        const reading = new RegExp(`^${between.map((literal) => value + literal).join("")}$`).exec(uri)?.slice(1);
        const safe = reading?.every((part) => !part.startsWith("/"));
        const found = match(source, uri);
        expect(found && Object.values(found)).toEqual(safe ? reading : undefined);
      }),
      { ...seeded, numRuns: 1000 },
    );
  });
});

/** Counts how often a URI is looked at. */
class Counted extends String {
  steps = 0;
  override charCodeAt(at: number): number {
    this.steps++;
    return super.charCodeAt(at);
  }
  override charAt(at: number): string {
    this.steps++;
    return super.charAt(at);
  }
  override startsWith(search: string, at?: number): boolean {
    this.steps += search.length;
    return super.startsWith(search, at);
  }
}

describe("bounded work (SEC-109, SEC-110, SEC-112)", () => {
  const templates = [
    "log://x/{a}-{b}-{c}-{d}/end",
    "{a}-{b}-{c}-{d}-{e}!",
    "{+p}/{+q}",
    "{+p}/{+q}/{+r}/{+s}!",
    "x{/id*}!",
    "{a*,b}{/c*}",
    "{?a*,b*}",
    "{+a}{?b*}{#c}",
    "{a,b,c,d,e,f,g,h}{.i,j,k}{/l,m*}",
    "x{;a*,b}{?c*}{&d}",
    Array.from({ length: 64 }, (_, i) => `{+v${i}}-`).join(""),
  ];
  const fillings = ["-", "/", "x", ",", "%25", ".", "&", "?a=", "&b=1", ";a", "-/", "..", "%2e%2e%2f"];

  it("ends for 4096 characters of anything, in every template", () => {
    for (const source of templates) {
      const template = new UriTemplate(source, { match: true, unsafe: true });
      for (const filling of fillings) {
        for (const [start, end] of [
          ["", ""],
          ["", "!"],
          ["log://x/", "/end"],
          ["?a=", ""],
          ["x/", "x"],
        ] as const) {
          const uri = start + filling.repeat(Math.floor((4096 - start.length - end.length) / filling.length)) + end;
          expect([undefined, "object"]).toContain(template.match(uri) && "object");
        }
      }
    }
  });

  it("looks at each character a bounded number of times for each piece of the template", () => {
    for (const source of templates) {
      const template = new UriTemplate(source, { match: true, unsafe: true });
      const pieces = 3 * (template.variables.length + 1);
      for (const filling of fillings) {
        const uri = new Counted(filling.repeat(Math.floor(4096 / filling.length)));
        template.match(uri as unknown as string);
        expect(uri.steps, `${source} on ${filling}`).toBeLessThanOrEqual(2 * pieces * (uri.length + 1));
      }
    }
  });

  it("doubles its work when the URI doubles", () => {
    const template = new UriTemplate("{a}-{b}-{c}-{d}-{e}!", { match: true });
    const steps = [512, 1024, 2048, 4096].map((length) => {
      const uri = new Counted(`${"-".repeat(length - 1)}!`);
      expect(template.match(uri as unknown as string)).toBeDefined();
      return uri.steps;
    });
    for (let i = 1; i < steps.length; i++) expect((steps[i] ?? 0) / (steps[i - 1] ?? 1)).toBeLessThan(2.1);
  });
});

describe("TemplateVariables", () => {
  it("types the variables of a literal template", () => {
    expectTypeOf<TemplateVariables<"note://{id}/{+path}{?q,limit}">>().toEqualTypeOf<{
      id: string;
      path: string;
      q?: string;
      limit?: string;
    }>();
    expectTypeOf<TemplateVariables<"x{/a*,b:3}{;c*}{#d}{?e*}{&f}{.g,h}">>().toEqualTypeOf<{
      a: string[];
      b: string;
      c: string[];
      d: string;
      e?: string[];
      f?: string;
      g: string;
      h: string;
    }>();
    expectTypeOf<keyof TemplateVariables<"note://{id}">>().toEqualTypeOf<"id">();
    expectTypeOf<TemplateVariables<string>>().toEqualTypeOf<Record<string, string | string[]>>();
  });
});
