import { Pieces, decodeUtf8 } from "../index.ts";

const LINE_FEED = 10;
const BYTE_ORDER_MARK = "\uFEFF";

/** Takes a line, or why it is none, and where the bytes of the line are. */
export type TakeLine = (line: string | Error, bytes: Uint8Array, from: number, to: number) => void;

/**
 * Cuts bytes into lines of text, in linear time however the chunks fall.
 *
 * The line feed alone ends a line; a carriage return before it is white space to JSON, and blank lines are passed
 * over. A byte order mark may open the first line. A line that is too long is given as a `RangeError` when its end has
 * come, one that is not UTF-8 as a `TypeError`, and the next line is read as if nothing had happened.
 */
export class Lines {
  readonly #limit: number;
  readonly #line: TakeLine;
  readonly #pieces: Pieces;
  #size = 0;
  #first = true;

  constructor(limit: number, line: TakeLine) {
    this.#limit = limit;
    this.#pieces = new Pieces(limit);
    this.#line = line;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(LINE_FEED);
    if (last < 0) return this.#keep(chunk);
    const first = this.#size === 0 ? -1 : chunk.indexOf(LINE_FEED);
    if (first >= 0) this.#joined(chunk.subarray(0, first));
    if (last > first) this.#block(chunk.subarray(first + 1, last));
    this.#keep(chunk.subarray(last + 1));
  }

  /** Keeps the start of a line; of a line that is too long, only its length. */
  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    if (this.#size > this.#limit) this.#pieces.clear();
    else this.#pieces.push(bytes);
  }

  /** A line whose start came in earlier chunks. */
  #joined(end: Uint8Array): void {
    this.#keep(end);
    const size = this.#size;
    this.#size = 0;
    if (size > this.#limit) return this.#tooLong();
    const bytes = this.#pieces.take();
    this.#decode(bytes, 0, bytes.length);
  }

  /** One or more whole lines, decoded at once where they allow it. */
  #block(bytes: Uint8Array): void {
    const text = bytes.length > this.#limit ? undefined : decodeUtf8(bytes);
    if (text === undefined) return this.#oneByOne(bytes);
    const { length } = text;
    const isAscii = length === bytes.length;
    let from = 0;
    for (let start = 0; start <= length; ) {
      const end = endOf(text.indexOf("\n", start), length);
      const to = isAscii ? end : endOf(bytes.indexOf(LINE_FEED, from), bytes.length);
      this.#emit(start === 0 && end === length ? text : text.slice(start, end), bytes, from, to);
      start = end + 1;
      from = to + 1;
    }
  }

  #oneByOne(bytes: Uint8Array): void {
    for (let start = 0; start <= bytes.length; ) {
      const end = endOf(bytes.indexOf(LINE_FEED, start), bytes.length);
      if (end - start > this.#limit) this.#tooLong();
      else this.#decode(bytes, start, end);
      start = end + 1;
    }
  }

  #decode(bytes: Uint8Array, from: number, to: number): void {
    const text = decodeUtf8(bytes.subarray(from, to));
    if (text === undefined) this.#refuse(new TypeError("The line is not UTF-8"));
    else this.#emit(text, bytes, from, to);
  }

  #emit(text: string, bytes: Uint8Array, from: number, to: number): void {
    const isMarked = this.#first && text.startsWith(BYTE_ORDER_MARK);
    this.#first = false;
    const line = isMarked ? text.slice(1) : text;
    if (!isBlank(line)) this.#line(line, bytes, isMarked ? from + 3 : from, to);
  }

  #tooLong(): void {
    this.#refuse(new RangeError(`A line may have ${this.#limit} bytes`));
  }

  #refuse(error: Error): void {
    this.#first = false;
    this.#line(error, NOTHING, 0, 0);
  }
}

const NOTHING: Uint8Array = new Uint8Array();

/** Where something ends, which may be where all ends. */
function endOf(found: number, last: number): number {
  return found < 0 ? last : found;
}

/** White space of JSON alone. Most lines are told apart by their first character. */
function isBlank(line: string): boolean {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code !== 32 && code !== 9 && code !== 13) return false;
  }
  return true;
}
