import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ndjson } from "../../src/jsonrpc/channels/index.ts";
import { Malformed, type Message } from "../../src/jsonrpc/index.ts";
import { parse } from "../../src/jsonrpc/wire/index.ts";
import { TestPipe } from "./doubles.ts";

const fixtures = process.env["MCPLEX_FIXTURES"];
const folder = resolve(fixtures ?? "", "json-parsing");
const files = fixtures === undefined ? [] : readdirSync(folder).filter((name) => /^[yni]_/.test(name));

/** Blank as lines, which are passed over. */
const blank = ["n_single_space.json", "n_structure_no_data.json", "n_structure_UTF8_BOM_no_data.json"];

/** More than one line: what each of them is answered with. */
const broken = new Map([
  ["n_array_newlines_unclosed.json", [-32700, -32600, -32700]],
  ["n_array_unclosed_with_new_lines.json", [-32700, -32600, -32700]],
  ["n_string_unescaped_newline.json", [-32700, -32700]],
]);

/** What a body is answered with, by the first letter of its name: valid, not valid, or as the parser likes. */
const allowed = { y: [-32600], n: [-32700], i: [-32700, -32600] };

/** A body as a transport without lines reads it: text, or nothing where it is no UTF-8. */
function read(bytes: Uint8Array): Message | Malformed | "not UTF-8" {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "not UTF-8";
  }
  return parse(text);
}

const code = (read: Message | Malformed | "not UTF-8"): number | undefined =>
  read === "not UTF-8" ? -32700 : read instanceof Malformed ? read.error.code : undefined;

describe.skipIf(fixtures === undefined)("the parsing fixtures (SEC-1)", () => {
  it.each(files.filter((name) => name.startsWith("y_")))("%s, as a value in a message", (name) => {
    const text = new TextDecoder().decode(readFileSync(join(folder, name)));
    const message = parse(`{"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":${text}}}`);
    expect(message).toEqual({ jsonrpc: "2.0", id: 1, method: "a", params: { arguments: JSON.parse(text) } });
  });

  it("are all there", () => {
    const count = (letter: string): number => files.filter((name) => name.startsWith(letter)).length;
    expect([files.length, count("y_"), count("n_"), count("i_")]).toEqual([318, 95, 188, 35]);
  });

  describe.each(files)("%s", (name) => {
    const bytes = readFileSync(join(folder, name));

    it("as a body", () => {
      // None of them is a message, and what is no JSON is told from what is JSON and no message.
      expect(allowed[name[0] as "y" | "n" | "i"]).toContain(code(read(bytes)));
    });

    it("as a line", () => {
      const pipe = new TestPipe();
      const got: (Message | Malformed)[] = [];
      ndjson(pipe).receive((message) => got.push(message));
      pipe.chunk(bytes);
      pipe.type('\n{"jsonrpc":"2.0","method":"next"}\n');
      expect(got.pop()).toEqual({ jsonrpc: "2.0", method: "next" });
      const codes = got.map(code);
      const expected = blank.includes(name) ? [] : broken.get(name);
      expect(codes).toEqual(expected ?? (name.startsWith("n_") ? [-32700] : codes));
      expect([-32700, -32600]).toEqual(expect.arrayContaining(codes));
    });
  });
});
