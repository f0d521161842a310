import { Pieces } from "./pieces.ts";

const LINE_FEED = 10;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Cuts bytes into lines of text, in linear time however the chunks fall.
 *
 * The line feed alone ends a line; a carriage return before it is white space to JSON, and blank lines are passed
 * over. A byte order mark may open the first line. A line that is too long is given as a `RangeError` when its end has
 * come, one that is not UTF-8 as a `TypeError`, and the next line is read as if nothing had happened.
 */
export class Lines {
  readonly #limit: number;
  readonly #line: (line: string | Error) => void;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #pieces = new Pieces();
  #size = 0;
  #first = true;

  constructor(limit: number, line: (line: string | Error) => void) {
    this.#limit = limit;
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
    if (size > this.#limit) this.#tooLong();
    else this.#block(this.#pieces.take());
  }

  /** One or more whole lines, decoded at once where they allow it. */
  #block(bytes: Uint8Array): void {
    const text = bytes.length > this.#limit ? undefined : this.#decode(bytes);
    if (text === undefined) return this.#oneByOne(bytes);
    for (let start = 0; start <= text.length; ) {
      const end = text.indexOf("\n", start);
      if (end < 0) return this.#emit(start === 0 ? text : text.slice(start));
      this.#emit(text.slice(start, end));
      start = end + 1;
    }
  }

  #oneByOne(bytes: Uint8Array): void {
    for (let start = 0; start <= bytes.length; ) {
      const feed = bytes.indexOf(LINE_FEED, start);
      const end = feed < 0 ? bytes.length : feed;
      if (end - start > this.#limit) this.#tooLong();
      else {
        const text = this.#decode(bytes.subarray(start, end));
        if (text === undefined) this.#refuse(new TypeError("The line is not UTF-8"));
        else this.#emit(text);
      }
      start = end + 1;
    }
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }

  #emit(text: string): void {
    const line = this.#first && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    this.#first = false;
    if (!isBlank(line)) this.#line(line);
  }

  #tooLong(): void {
    this.#refuse(new RangeError(`A line may have ${this.#limit} bytes`));
  }

  #refuse(error: Error): void {
    this.#first = false;
    this.#line(error);
  }
}

/** White space of JSON alone. Most lines are told apart by their first character. */
function isBlank(line: string): boolean {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code !== 32 && code !== 9 && code !== 13) return false;
  }
  return true;
}
