import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { root } from "../../scripts/folders.mjs";
import { Lines } from "../../src/jsonrpc/channels/lines.ts";
import { encoder } from "./doubles.ts";

/** The lines of some chunks; errors as their class. */
function cut(chunks: readonly Uint8Array[], limit = 1000): string[] {
  const found: string[] = [];
  const lines = new Lines(limit, (line) => found.push(typeof line === "string" ? line : line.name));
  for (const chunk of chunks) lines.push(chunk);
  return found;
}

/** What the lines must be, found in the plainest way. */
function expected(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  lines.pop();
  return lines.filter((line) => line.replaceAll(/[ \t\r]/g, "") !== "");
}

/** Bytes, cut at some places. */
function pieces(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, at) => bytes.slice(sorted[at], end));
}

const text = '{"a":"é漢😀"}\n\r\n \t\n{"b":"\u2028\uFEFF"}\r\n"\u{10FFFF}"\nrest';

describe("lines", () => {
  it("are the same however the bytes are cut: at every one place, and every two (REL-5)", () => {
    const bytes = encoder.encode(text);
    const lines = expected(text);
    expect(lines).toHaveLength(3);
    for (let one = 0; one <= bytes.length; one++) {
      for (let two = one; two <= bytes.length; two++) expect(cut(pieces(bytes, [one, two]))).toEqual(lines);
    }
  });

  it("are the same byte by byte, and with empty chunks (REL-5)", () => {
    const bytes = encoder.encode(text);
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(cut(single)).toEqual(expected(text));
    expect(cut(single.flatMap((chunk) => [new Uint8Array(), chunk]))).toEqual(expected(text));
  });

  it("are the same however any text is cut (REL-5)", () => {
    const character = fc.oneof(
      fc.constantFrom("\n", "\r\n", "\n\n", " ", "\t", "\r", "\uFEFF", "\0", "\u2028", "😀", "é"),
      fc.string({ unit: "grapheme", maxLength: 5 }),
    );
    const texts = fc.array(character, { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, fc.array(fc.nat(120), { maxLength: 8 }), (text, places) => {
        const bytes = encoder.encode(text);
        const inside = places.map((place) => Math.min(place, bytes.length));
        expect(cut(pieces(bytes, inside))).toEqual(expected(text));
      }),
      { seed: 20260728, numRuns: 500 },
    );
  });

  it("end with a line feed alone (REL-2)", () => {
    const whole = 'a\rb\u2028c\u2029d\u0085e\vf\fg\0h"';
    expect(cut([encoder.encode(`${whole}\n`)])).toEqual([whole]);
  });

  it.each([
    ["empty", "\n\n\n"],
    ["carriage returns", "\r\n\r\n\r\r\n"],
    ["spaces and tabs", "  \t\n \r\n"],
    ["only a byte order mark", "\uFEFF\n"],
    ["without an end", " "],
  ])("are passed over when they are blank: %s (REL-2)", (_, blank) => {
    expect(cut([encoder.encode(blank)])).toEqual([]);
    expect(cut(pieces(encoder.encode(blank), [1, 2, 3]))).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4])("lose a byte order mark at the very start, cut after %i bytes (REL-6)", (place) => {
    const bytes = encoder.encode('\uFEFF"a"\n\uFEFF"b"\n"\uFEFF"\n');
    expect(cut(pieces(bytes, [place]))).toEqual(['"a"', '\uFEFF"b"', '"\uFEFF"']);
  });

  it("keep a byte order mark after a first line that was refused (REL-6)", () => {
    expect(cut([Uint8Array.of(0xff, 10), encoder.encode('\uFEFF"b"\n')])).toEqual(["TypeError", '\uFEFF"b"']);
  });
});

const invalid: [title: string, bytes: number[]][] = [
  ["FF", [0xff]],
  ["C0 80, an overlong zero", [0xc0, 0x80]],
  ["E0 80 AF, an overlong slash", [0xe0, 0x80, 0xaf]],
  ["ED A0 80, a surrogate", [0xed, 0xa0, 0x80]],
  ["F4 90 80 80, above the last code point", [0xf4, 0x90, 0x80, 0x80]],
  ["E2 82, cut short", [0xe2, 0x82]],
  ["80, a continuation alone", [0x80]],
];

describe("lines that are not UTF-8 (REL-7, SEC-14)", () => {
  it.each(invalid)("are refused alone: %s", (_, bad) => {
    const bytes = Uint8Array.from([
      ...encoder.encode('"é"\n"'),
      ...bad,
      ...encoder.encode('"\n"漢"\n'),
      ...bad,
      ...encoder.encode('\n"😀"\n'),
    ]);
    const lines = ['"é"', "TypeError", '"漢"', "TypeError", '"😀"'];
    expect(cut([bytes])).toEqual(lines);
    for (let place = 0; place <= bytes.length; place++) expect(cut(pieces(bytes, [place]))).toEqual(lines);
  });

  it("are not made whole by the next line", () => {
    expect(cut([Uint8Array.of(0xe2, 0x82, 10, 0xac, 10)])).toEqual(["TypeError", "TypeError"]);
  });
});

describe("lines that are too long (REL-3)", () => {
  it.each([
    ["at the limit", 10, ["xxxxxxxxxx", "y"]],
    ["one byte longer", 11, ["RangeError", "y"]],
    ["much longer", 5000, ["RangeError", "y"]],
  ])("are refused alone: %s", (_, length, lines) => {
    const bytes = encoder.encode(`${"x".repeat(length)}\ny\n`);
    expect(cut([bytes], 10)).toEqual(lines);
    for (let place = 0; place <= 14; place++) expect(cut(pieces(bytes, [place]), 10)).toEqual(lines);
    expect(
      cut(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        10,
      ),
    ).toEqual(lines);
  });

  it("count in bytes, not in characters", () => {
    expect(cut([encoder.encode("ééééé\nx\néééééé\nx\n")], 10)).toEqual(["ééééé", "x", "RangeError", "x"]);
  });

  it("leave short lines of a long chunk alone", () => {
    const short = "x".repeat(9);
    expect(cut([encoder.encode(`${short}\n`.repeat(50))], 10)).toEqual(Array.from({ length: 50 }, () => short));
  });

  it("are said once each, when their end has come", () => {
    const found: unknown[] = [];
    const lines = new Lines(10, (line) => found.push(line));
    for (let at = 0; at < 100; at++) lines.push(encoder.encode("x".repeat(100)));
    expect(found).toEqual([]);
    lines.push(encoder.encode("\n"));
    expect(found).toEqual([expect.any(RangeError)]);
    lines.push(encoder.encode(`${"y".repeat(20)}\nz\n`));
    expect(found).toEqual([expect.any(RangeError), expect.any(RangeError), "z"]);
  });
});

describe("the work on lines", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is linear: every byte of a line of 5 MB is moved a few times, whatever its chunks (REL-4)", () => {
    const size = 5_000_000;
    const prototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
    const set = vi.spyOn(prototype, "set");
    const slice = vi.spyOn(prototype, "slice");
    const decode = vi.spyOn(Buffer.prototype as unknown as { latin1Slice(): string }, "latin1Slice");
    const found: (string | Error)[] = [];
    const lines = new Lines(10_000_000, (line) => found.push(line));
    const chunk = new Uint8Array(65_536).fill(120);
    for (let at = 0; at < size; at += chunk.length) lines.push(chunk.subarray(0, Math.min(chunk.length, size - at)));
    lines.push(Uint8Array.of(10));
    const decoded = (decode.mock.contexts as unknown as Buffer[]).reduce((sum, { length }) => sum + length, 0);
    const copied = set.mock.calls.reduce((sum, [bytes]) => sum + bytes.length, 0);
    const cut = slice.mock.results.reduce((sum, { value }) => sum + (value as Uint8Array).length, 0);
    vi.restoreAllMocks();
    expect(found.map((line) => (line as string).length)).toEqual([size]);
    expect(decoded).toBe(size);
    expect(copied + cut).toBeLessThan(4 * size);
  });

  it("needs memory for the bytes of a line, not for each of its chunks (SEC-37)", async () => {
    const { outputFiles } = await build({
      stdin: { contents: 'export { Lines } from "./src/jsonrpc/channels/lines.ts";', resolveDir: root, loader: "ts" },
      absWorkingDir: join(root),
      bundle: true,
      write: false,
      format: "esm",
    });
    const trickle = `
      let length = 0;
      const lines = new Lines(10_000_000, (line) => { length = line.length; });
      for (let at = 0; at < 3_000_000; at++) lines.push(Uint8Array.of(120));
      lines.push(Uint8Array.of(10));
      console.log(length);`;
    const script = `${outputFiles[0]?.text.replaceAll(/export \{[^}]*\};/g, "")}${trickle}`;
    const flags = ["--max-old-space-size=64", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, flags);
    expect(stdout).toBe("3000000\n");
  });
});
