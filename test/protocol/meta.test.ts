import { describe, expect, it } from "vitest";
import { MetaKey } from "../../src/protocol/meta-keys.ts";
import { isReservedMetaKey, metaKeyProblem } from "../../src/protocol/names.ts";
import { isBaggage, isTraceparent, isTracestate, traceContext } from "../../src/protocol/trace-context.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";
const traceparent = `00-${trace}-${span}-01`;

describe("MetaKey (META-1, META-7)", () => {
  it("holds legal keys of the protocol's own prefix", () => {
    for (const key of Object.values(MetaKey)) {
      expect(metaKeyProblem(key)).toBeUndefined();
      expect(isReservedMetaKey(key)).toBe(true);
    }
  });
});

describe("isTraceparent (META-7)", () => {
  it.each([
    traceparent,
    `00-${trace}-${span}-00`,
    `00-${trace}-${span}-ff`,
    `01-${trace}-${span}-01`,
    `cc-${trace}-${span}-01-`,
    `cc-${trace}-${span}-01-what the future brings`.replaceAll(" ", "_"),
  ])("accepts %s", (value) => {
    expect(isTraceparent(value)).toBe(true);
  });

  it.each([
    "",
    `ff-${trace}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}-0`,
    `00-${trace}-${span}-01-`,
    `00-${trace}-${span}-01-more`,
    `cc-${trace}-${span}-01.more`,
    `cc-${trace}-${span}-012`,
    `0-${trace}-${span}-01`,
    `00-${trace}${span}-01`,
    ` ${traceparent}`,
    `${traceparent}\n`,
    `cc-${trace}-${span}-01-\r\nX: y`,
    `cc-${trace}-${span}-01-${"x".repeat(65_536)}`,
  ])("SEC-136: refuses %j", (value) => {
    expect(isTraceparent(value)).toBe(false);
  });

  it("refuses what is no string", () => {
    for (const value of [undefined, null, 1, {}, [traceparent]]) expect(isTraceparent(value)).toBe(false);
  });
});

describe("isTracestate (META-7)", () => {
  const members = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join(",");

  it.each([
    "rojo=00f067aa0ba902b7",
    "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "a=1 ,\tb=2, c=3",
    "a= 1",
    "a=1,,b=2",
    "",
    ",",
    "a=1,",
    "fw529a3039@dt=FfffgIyB;x:y/z",
    "0key_-*/=~!",
    `${"z".repeat(256)}=1`,
    `a=${"v".repeat(256)}`,
    members(32),
    "a=1,a=2",
  ])("accepts %j", (value) => {
    expect(isTracestate(value)).toBe(true);
  });

  it.each([
    "a",
    "a=",
    "=1",
    "A=1",
    "@a=1",
    "a =1",
    "a b=1",
    "a=1=2",
    "a=é",
    "a=1\tb",
    "a=1\n",
    "a=1;b,c",
    `${"z".repeat(257)}=1`,
    `a=${"v".repeat(257)}`,
    members(33),
    ",".repeat(1_000_000),
    `a=${" ".repeat(1_000_000)}`,
  ])("refuses %j", (value) => {
    expect(isTracestate(value)).toBe(false);
  });
});

describe("isBaggage (META-7)", () => {
  const members = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join(",");

  it.each([
    "key1=value1",
    "key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue",
    "k=",
    "k=a=b==",
    "k=%E2%82%AC",
    "!#$%&'*+-.^_`|~=x",
    "\tk\t=\tv\t;\tp\t=\tq\t",
    "k=v;p;p;q=",
    "k=1,k=2",
    members(180),
    `k=${"v".repeat(8190)}`,
  ])("accepts %j", (value) => {
    expect(isBaggage(value)).toBe(true);
  });

  it.each([
    "",
    "k",
    "=v",
    "k=v,",
    ",k=v",
    "k=v;",
    "k=v;;p",
    "k=a b",
    'k="v"',
    "k=a\\b",
    "k=é",
    "k(=v",
    "k=v\r\nX: y",
    "k=v;p q",
    members(181),
    `k=${"v".repeat(8191)}`,
    `k${" ".repeat(8000)}x`,
  ])("refuses %j", (value) => {
    expect(isBaggage(value)).toBe(false);
  });
});

describe("traceContext", () => {
  it("keeps what is well-formed", () => {
    const meta = { traceparent, tracestate: "a=1", baggage: "k=v", other: 1 };
    expect(traceContext(meta)).toEqual({ traceparent, tracestate: "a=1", baggage: "k=v" });
    expect(traceContext({ ...meta, tracestate: "A" })).toEqual({ traceparent, baggage: "k=v" });
    expect(traceContext({ ...meta, baggage: 1 })).toEqual({ traceparent, tracestate: "a=1" });
    expect(traceContext({})).toEqual({});
    expect(traceContext(undefined)).toEqual({});
  });

  it("drops a tracestate without a traceparent", () => {
    expect(Object.keys(traceContext({ traceparent: "00", tracestate: "a=1", baggage: "k=v" }))).toEqual(["baggage"]);
  });

  it("reads own properties only", () => {
    expect(traceContext(Object.create({ traceparent }))).toEqual({});
  });
});
