import { RE2JS } from "re2js";
import type { PatternEngine, PatternTest } from "./patterns.ts";

/** The largest program that one pattern may become. Its size decides the time to build it and the time per character. */
const MAX_PROGRAM = 2_000;

/** How many properties like `\p{L}` one pattern may have. Each is a table of hundreds of ranges to be merged. */
const MAX_PROPERTIES = 100;
/** The work of one, in the same measure as that of a program. */
const PROPERTY_WORK = 20;

/**
 * Patterns that take time in proportion to the text. The syntax is that of ECMA-262, as JSON Schema has it, without what
 * no linear engine can do: back references, and look-around in other places than right after a leading `^`.
 * Throws an `Error` for those, for a syntax error, for counts above 1,000, and for a pattern whose repetitions make it
 * too large.
 */
export const linearPatterns: PatternEngine = (source) => {
  const { text, conditions, properties } = new Translation(source);
  const program = RE2JS.compile(text);
  const others = conditions.map((condition) => ({ ...condition, program: RE2JS.compile(condition.text) }));
  // `find` keeps no automaton, whose memory a peer could fill; no group is left to be remembered either.
  const test: PatternTest = (candidate) =>
    program.matcher(candidate).find() &&
    others.every((other) => other.program.matcher(candidate).find() === other.wanted);
  const size = others.reduce((sum, other) => sum + other.program.programSize(), program.programSize());
  return Object.assign(test, { work: size / 2 + properties * PROPERTY_WORK });
};

const SPACES = "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
const NO_SPACES =
  "\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}" +
  "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
const ANY = "[\\x00-\\x{10ffff}]";
const NONE = "[^\\x00-\\x{10ffff}]";

const classes: ReadonlyMap<string, string> = new Map(
  Object.entries({ d: "\\d", D: "\\D", w: "\\w", W: "\\W", s: SPACES, S: NO_SPACES }),
);

const controls: ReadonlyMap<string, number> = new Map(Object.entries({ t: 9, n: 10, v: 11, f: 12, r: 13 }));

/** The long names of general categories, which ECMA-262 knows beside the short ones. */
const categories: ReadonlyMap<string, string> = new Map(
  (
    "Letter L Cased_Letter LC Uppercase_Letter Lu Lowercase_Letter Ll Titlecase_Letter Lt Modifier_Letter Lm " +
    "Other_Letter Lo Mark M Combining_Mark M Nonspacing_Mark Mn Spacing_Mark Mc Enclosing_Mark Me Number N " +
    "Decimal_Number Nd digit Nd Letter_Number Nl Other_Number No Punctuation P punct P Connector_Punctuation Pc " +
    "Dash_Punctuation Pd Open_Punctuation Ps Close_Punctuation Pe Initial_Punctuation Pi Final_Punctuation Pf " +
    "Other_Punctuation Po Symbol S Math_Symbol Sm Currency_Symbol Sc Modifier_Symbol Sk Other_Symbol So Separator Z " +
    "Space_Separator Zs Line_Separator Zl Paragraph_Separator Zp Other C Control Cc cntrl Cc Format Cf Surrogate Cs " +
    "Private_Use Co"
  )
    .match(/\S+ \S+/g)
    ?.map((pair) => pair.split(" ") as [string, string]),
);

/** A pattern of ECMA-262 in the syntax of RE2, whose own escapes, classes and groups mean other things. */
class Translation {
  /** What has to be found. */
  text = "";
  /** What else has to be found, or not, from the beginning: the look-aheads right after `^`. */
  readonly conditions: { readonly text: string; readonly wanted: boolean }[] = [];
  /** How often a property like `\p{L}` is named. */
  properties = 0;
  #alternatives = false;
  readonly #source: string;
  #at = 0;
  #sizes: number[] = [0];
  /** The size of the last atom: what a quantifier multiplies. */
  #atom = 0;

  constructor(source: string) {
    this.#source = source;
    while (this.#at < source.length) this.text += this.#term();
    // A look-ahead of one alternative would be asked of all.
    if (this.#alternatives && this.conditions.length > 0) throw lookAround();
  }

  #term(): string {
    const character = this.#take();
    switch (character) {
      case "(":
        return this.#open();
      case ")":
        this.#grow(this.#sizes.length > 1 ? (this.#sizes.pop() as number) : 0);
        return ")";
      case "*":
      case "+":
      case "?":
        this.#grow(1, this.#atom);
        return character;
      case "{":
        return this.#repeat();
      case "|":
        this.#alternatives ||= this.#sizes.length === 1;
        this.#grow(1);
        return character;
      case "^":
      case "$":
        this.#grow(1);
        return character;
      case ".":
        return this.#one("[^\\n\\r\\x{2028}\\x{2029}]");
      case "[":
        return this.#one(this.#class());
      case "\\":
        return this.#escape();
      default:
        return this.#one(literal(character.codePointAt(0) as number));
    }
  }

  #take(): string {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw new Error("it ends too early");
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #skip(text: string): boolean {
    const found = this.#source.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  #one(text: string): string {
    this.#grow(1);
    return text;
  }

  #grow(size: number, atom = size): void {
    const total = (this.#sizes.pop() as number) + size;
    if (total > MAX_PROGRAM) throw tooLarge();
    this.#sizes.push(total);
    this.#atom = atom;
  }

  /** Nobody reads what a group has matched, so none captures. */
  #open(): string {
    this.#sizes.push(1);
    if (!this.#skip("?") || this.#skip(":")) return "(?:";
    for (const sign of ["=", "!"]) if (this.#skip(sign)) return this.#lookAhead(sign === "=");
    if (this.#skip("<=") || this.#skip("<!")) throw lookAround();
    const end = this.#source.indexOf(">", this.#at);
    if (!this.#skip("<") || end < 0)
      throw new Error("a group of this kind is not possible in the linear pattern engine");
    this.#at = end + 1;
    return "(?:";
  }

  #lookAhead(wanted: boolean): string {
    const level = this.#sizes.length;
    if (this.text !== "^" || level !== 2) throw lookAround();
    let text = "^(?:";
    while (this.#sizes.length >= level) text += this.#term();
    if ("*+?{".includes(this.#source[this.#at] ?? " ")) throw lookAround();
    this.conditions.push({ text, wanted });
    return "";
  }

  #repeat(): string {
    const end = this.#source.indexOf("}", this.#at);
    const [least = "", most = least, ...more] = end < 0 ? [] : this.#source.slice(this.#at, end).split(",");
    const numbers = [least, most].every((bound) => [...bound].every((digit) => digit >= "0" && digit <= "9"));
    if (least === "" || !numbers || more.length > 0) return this.#one("\\{");
    const text = this.#source.slice(this.#at - 1, end + 1);
    this.#at = end + 1;
    this.#grow(this.#atom * (Math.max(Number(least) + (most === "" ? 1 : 0), Number(most), 1) - 1) + 1);
    return text;
  }

  #escape(): string {
    if (this.#skip("b")) return this.#one("\\b");
    if (this.#skip("B")) return this.#one("\\B");
    const set = this.#setEscape();
    if (set !== undefined) return this.#one(set.startsWith("\\") && set.length < 3 ? set : `[${set}]`);
    return this.#one(literal(this.#characterEscape()));
  }

  /** `\d`, `\p{L}` and their like, as they stand in a class; `undefined` when the escape is one character. */
  #setEscape(): string | undefined {
    const name = this.#source[this.#at] ?? "";
    const known = classes.get(name);
    if (known !== undefined) {
      this.#at++;
      return known;
    }
    if ((name !== "p" && name !== "P") || this.#source[this.#at + 1] !== "{") return undefined;
    const end = this.#source.indexOf("}", this.#at);
    if (end < 0) throw new Error("a property has no end");
    const property = this.#source.slice(this.#at + 2, end);
    this.#at = end + 1;
    if (++this.properties > MAX_PROPERTIES) throw tooLarge();
    if (property === "ASCII") return name === "p" ? "\\x00-\\x7f" : "\\x{80}-\\x{10ffff}";
    const value = property.slice(property.indexOf("=") + 1);
    return `\\${name}{${categories.get(value) ?? value}}`;
  }

  #characterEscape(): number {
    const character = this.#take();
    const control = controls.get(character);
    if (control !== undefined) return control;
    if (character === "0") return 0;
    if (character === "c") return this.#take().charCodeAt(0) % 32;
    if (character === "x") return this.#hexadecimal(2) ?? 0x78;
    if (character === "u") return this.#unicode();
    if ((character >= "1" && character <= "9") || character === "k") {
      throw new Error("a back reference is not possible in the linear pattern engine");
    }
    return character.codePointAt(0) as number;
  }

  #unicode(): number {
    if (this.#source[this.#at] === "{") {
      const end = this.#source.indexOf("}", this.#at);
      const code = Number(`0x${this.#source.slice(this.#at + 1, end)}`);
      if (end < 0 || !(code <= 0x10ffff)) throw new Error("an escape is not complete");
      this.#at = end + 1;
      return code;
    }
    const high = this.#hexadecimal(4) ?? 0x75;
    if (high < 0xd800 || high > 0xdbff || !this.#source.startsWith("\\u", this.#at)) return high;
    const start = this.#at;
    this.#at += 2;
    const low = this.#hexadecimal(4) ?? 0;
    if (low >= 0xdc00 && low <= 0xdfff) return (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000;
    this.#at = start;
    return high;
  }

  #hexadecimal(length: number): number | undefined {
    const digits = this.#source.slice(this.#at, this.#at + length);
    if (digits.length < length || !/^[0-9a-f]+$/i.test(digits)) return undefined;
    this.#at += length;
    return Number.parseInt(digits, 16);
  }

  #class(): string {
    const negated = this.#skip("^");
    let text = "";
    while (!this.#skip("]")) {
      const from = this.#member();
      const dash = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (!dash) {
        text += typeof from === "number" ? codePoint(from) : from;
        continue;
      }
      this.#at++;
      const to = this.#member();
      if (typeof from === "number" && typeof to === "number") text += `${codePoint(from)}-${codePoint(to)}`;
      else for (const part of [from, 0x2d, to]) text += typeof part === "number" ? codePoint(part) : part;
    }
    if (text === "") return negated ? ANY : NONE;
    return `[${negated ? "^" : ""}${text}]`;
  }

  #member(): number | string {
    const character = this.#take();
    if (character !== "\\") return character.codePointAt(0) as number;
    if (this.#skip("b")) return 8;
    return this.#setEscape() ?? this.#characterEscape();
  }
}

function tooLarge(): Error {
  return new Error("it is too large for the linear pattern engine");
}

function lookAround(): Error {
  return new Error("look-around is not possible in the linear pattern engine, except ahead of a leading ^");
}

function codePoint(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

/** A character that stands for itself. Letters, digits and the space need no escape; it keeps programs readable. */
function literal(code: number): string {
  const character = String.fromCodePoint(code);
  return /^[a-z0-9 ]$/i.test(character) ? character : codePoint(code);
}
