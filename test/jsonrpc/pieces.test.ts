import fc from "fast-check";
import { expect, it } from "vitest";
import { Pieces } from "../../src/jsonrpc/index.ts";

it("gives the bytes as they came, whatever the sizes of the pieces", () => {
  const sizes = fc.array(fc.oneof(fc.nat(10), fc.constantFrom(0, 4095, 4096, 4097, 65_535, 65_536, 70_000)));
  fc.assert(
    fc.property(sizes, fc.constantFrom(0, 1, 50_000, 100_000_000), (sizes, expected) => {
      const sum = sizes.reduce((all, size) => all + size, 0);
      const pieces = new Pieces(Math.min(expected, sum + 1));
      let next = 0;
      const parts = sizes.map((size) => Uint8Array.from({ length: size }, () => next++));
      for (const part of parts) pieces.push(part);
      const whole = Buffer.concat(parts);
      expect(pieces.size).toBe(whole.length);
      expect(Buffer.compare(pieces.take(), whole)).toBe(0);
      expect(pieces.size).toBe(0);
    }),
    { seed: 1, numRuns: 100 },
  );
});

it("does not copy what came in one piece", () => {
  const pieces = new Pieces();
  const one = Uint8Array.of(1, 2, 3);
  pieces.push(new Uint8Array());
  pieces.push(one);
  expect(pieces.take()).toBe(one);
});

it("lets go of all of it", () => {
  const pieces = new Pieces();
  pieces.push(Uint8Array.of(1));
  pieces.push(Uint8Array.of(2));
  pieces.clear();
  expect(pieces.size).toBe(0);
  expect(pieces.take()).toEqual(new Uint8Array());
});
