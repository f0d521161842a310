import { limits } from "../../limits.ts";

/** The end of what was written, whatever the bytes are and however they fall. */
export class Tail {
  readonly #limit: number = limits.stderrBytes;
  #bytes: Uint8Array | undefined;
  #size = 0;

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    // Twice the room: the kept end moves to the front once in a while, and not at every write.
    this.#bytes ??= new Uint8Array(2 * this.#limit);
    const end = chunk.length > this.#limit ? chunk.subarray(chunk.length - this.#limit) : chunk;
    if (this.#size + end.length > this.#bytes.length) {
      const kept = Math.min(this.#size, this.#limit);
      this.#bytes.copyWithin(0, this.#size - kept, this.#size);
      this.#size = kept;
    }
    this.#bytes.set(end, this.#size);
    this.#size += end.length;
  }

  /** The last `limits.stderrBytes` as text. */
  get text(): string {
    if (this.#bytes === undefined) return "";
    return new TextDecoder().decode(this.#bytes.subarray(Math.max(0, this.#size - this.#limit), this.#size));
  }
}

/** Cuts text that comes in bytes into lines, for a reader; a line above the limit is given in pieces. */
export class TextLines {
  readonly #line: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** @param line Gets each line, without its end. What it throws is its own loss. */
  constructor(line: (line: string) => void) {
    this.#line = (text) => {
      try {
        line(text);
      } catch {
        // A reader of logs must not end the conversation, nor the process.
      }
    };
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (this.#rest.length > limits.stderrBytes) this.end();
  }

  /** Gives what stands on the last line. */
  end(): void {
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") this.#line(rest);
  }
}

/** What the message of an error shows of it: the last lines, at most 20 of them and 4096 characters. */
export function lastLines(text: string): string {
  const lines = text.trimEnd().slice(-4096).split("\n");
  return lines.slice(-20).join("\n");
}
