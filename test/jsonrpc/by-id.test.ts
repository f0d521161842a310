import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bag, type InBag, type RequestId } from "../../src/jsonrpc/index.ts";
import { ById, type Identified } from "../../src/jsonrpc/wire/index.ts";

class One implements Identified<One> {
  readonly id: RequestId;
  next: One | undefined;

  constructor(id: RequestId) {
    this.id = id;
  }
}

const ids: fc.Arbitrary<RequestId> = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.maxSafeInteger(),
  fc.constantFrom("", "0", "1", "a", "ba", "ab"),
  fc.string(),
);

describe("ById", () => {
  it("finds what a Map would find, whatever goes in and out", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), ids), { maxLength: 400 }), (steps) => {
        const table = new ById<One>();
        const model = new Map<RequestId, One>();
        for (const [adds, id] of steps) {
          const known = model.get(id);
          expect(table.get(id)).toBe(known);
          if (known !== undefined && !adds) {
            expect(table.delete(known)).toBe(true);
            expect(table.delete(known)).toBe(false);
            model.delete(id);
          } else if (known === undefined && adds) {
            const one = new One(id);
            table.add(one);
            model.set(id, one);
          }
          expect(table.size).toBe(model.size);
        }
        expect(new Set(table.all())).toEqual(new Set(model.values()));
        table.clear();
        expect([table.size, table.all()]).toEqual([0, []]);
      }),
    );
  });

  it("keeps apart what JSON keeps apart: 0 and an empty text, 1 and its text (JRPC-1, JRPC-2)", () => {
    const table = new ById<One>();
    const all = [0, "", "0", 1, "1"].map((id) => new One(id));
    for (const one of all) table.add(one);
    expect(all.map(({ id }) => table.get(id))).toEqual(all);
  });

  it("finds each of thousands, and does not find those that were taken out", () => {
    const table = new ById<One>();
    const all = Array.from({ length: 5000 }, (_, at) => new One(at % 2 === 0 ? at : `request-${at}`));
    for (const one of all) table.add(one);
    for (const one of all.slice(0, 2500)) table.delete(one);
    expect(all.filter(({ id }) => table.get(id) !== undefined)).toEqual(all.slice(2500));
  });
});

describe("Bag", () => {
  it("has what a Set would have, whatever goes in and out", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 20 })), { maxLength: 200 }), (steps) => {
        const things: InBag[] = Array.from({ length: 21 }, () => ({ place: -1 }));
        const bag = new Bag<InBag>();
        const model = new Set<InBag>();
        for (const [adds, at] of steps) {
          const thing = things[at] as InBag;
          if (adds) bag.add(thing);
          else bag.delete(thing);
          if (adds) model.add(thing);
          else model.delete(thing);
          expect(bag.size).toBe(model.size);
        }
        expect(new Set(bag.all())).toEqual(model);
      }),
    );
  });
});
