import { describe, expect, expectTypeOf, it } from "vitest";
import { metaOf, metaValue } from "../../src/protocol/methods/meta.ts";
import { MetaKey } from "../../src/protocol/meta-keys.ts";
import { isReservedMetaKey, metaKeyProblem } from "../../src/protocol/names.ts";
import { isBaggage, isTraceparent, isTracestate, traceContext } from "../../src/protocol/trace-context.ts";
import type { Implementation } from "../../src/protocol/types/index.ts";

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

describe("metaOf and metaValue", () => {
  it("finds an own object and nothing else", () => {
    const facts = { a: 1 };
    expect(metaOf({ _meta: facts })).toBe(facts);
    for (const holder of [
      undefined,
      null,
      1,
      "x",
      [],
      {},
      { _meta: null },
      { _meta: [] },
      Object.create({ _meta: facts }),
    ]) {
      expect(metaOf(holder)).toBeUndefined();
    }
  });

  it("gives a value of the right type", () => {
    const clientInfo = { name: "c", version: "1", more: true };
    const meta = {
      [MetaKey.protocolVersion]: "2026-07-28",
      [MetaKey.clientCapabilities]: { elicitation: {} },
      [MetaKey.clientInfo]: clientInfo,
      [MetaKey.logLevel]: "error",
      [MetaKey.subscriptionId]: 0,
      [MetaKey.relatedTask]: { taskId: "t" },
    };
    expect(metaValue(meta, MetaKey.protocolVersion)).toBe("2026-07-28");
    expect(metaValue(meta, MetaKey.clientCapabilities)).toEqual({ elicitation: {} });
    expect(metaValue(meta, MetaKey.clientInfo)).toBe(clientInfo);
    expect(metaValue(meta, MetaKey.logLevel)).toBe("error");
    expect(metaValue(meta, MetaKey.subscriptionId)).toBe(0);
    expect(metaValue(meta, MetaKey.relatedTask)).toEqual({ taskId: "t" });
    expect(metaValue(meta, MetaKey.serverInfo)).toBeUndefined();
    expect(metaValue(undefined, MetaKey.serverInfo)).toBeUndefined();
    expectTypeOf(metaValue(meta, MetaKey.serverInfo)).toEqualTypeOf<Implementation | undefined>();
  });

  it.each([
    [MetaKey.protocolVersion, 1],
    [MetaKey.clientCapabilities, []],
    [MetaKey.clientInfo, { name: "c" }],
    [MetaKey.serverInfo, "s"],
    [MetaKey.logLevel, "loud"],
    [MetaKey.subscriptionId, 1.5],
    [MetaKey.subscriptionId, null],
    [MetaKey.relatedTask, { taskId: 1 }],
    [MetaKey.modelImmediateResponse, {}],
  ])("gives nothing for %s that is %j", (key, value) => {
    expect(metaValue({ [key]: value }, key)).toBeUndefined();
  });

  it("reads own properties only", () => {
    expect(metaValue(Object.create({ [MetaKey.protocolVersion]: "x" }), MetaKey.protocolVersion)).toBeUndefined();
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
