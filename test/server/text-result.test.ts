import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ending, textResult, Written } from "../../src/server/stringify.ts";

const endings: [string, Ending][] = [
  ["with nothing more", { tail: "}", complete: (value) => value }],
  ["with more members", { tail: ',"_meta":{"a":1}}', complete: (value) => ({ ...value, _meta: { a: 1 } }) }],
];

describe.each(endings)("the result of one block of text, %s", (_, ending) => {
  it("is the same as text and as a value, member by member", () => {
    const structured = fc.option(fc.jsonValue(), { nil: undefined });
    // The first length at which it is kept as bytes lies between these.
    const said = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("x".repeat(9_999), '"'.repeat(20_000), "\ud800"),
    );
    fc.assert(
      fc.property(said, structured, (text, value) => {
        const beside = value === undefined ? {} : { structuredContent: new Written(JSON.stringify(value)) };
        const made = textResult({ content: [{ type: "text", text }], ...beside }, ending);
        expect(made?.value).toStrictEqual(JSON.parse(made?.text as string));
        expect(JSON.stringify(made?.value)).toBe(made?.text);
        expect(made?.value).toMatchObject({ content: [{ type: "text", text }] });
      }),
    );
  });

  it("is a new value at each look, and does not follow what it was made of", () => {
    const block = { type: "text", text: "before" };
    const made = textResult({ content: [block] }, ending);
    block.text = "after";
    expect(made?.value).toMatchObject({ content: [{ text: "before" }] });
    expect(made?.value).not.toBe(made?.value);
  });

  it("is nothing else", () => {
    const text = { type: "text", text: "a" };
    for (const other of [
      { content: [] },
      { content: [text, text] },
      { content: [{ ...text, _meta: {} }] },
      { content: [{ type: "text", text: 1 }] },
      { content: [text], isError: true },
      { content: [text], structuredContent: {} },
      { content: [text], toJSON: () => 1 },
    ]) {
      expect(textResult(other, ending)).toBeUndefined();
    }
  });
});
