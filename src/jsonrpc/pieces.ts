import { joined } from "./utf8.ts";

/** Pieces below this size are copied together, this many bytes at a time. */
const SMALL = 4096;
const GATHERED = 65_536;

/**
 * Bytes that arrive in pieces, however small those are. Small ones are copied together: each would keep an object, and
 * the whole chunk that it is a part of, in memory, and there can be millions.
 */
export class Pieces {
  #parts: Uint8Array[] = [];
  #gathered: Uint8Array | undefined;
  #used = 0;
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next piece. It must not be changed any more. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const first = this.#size === 0;
    this.#size += bytes.length;
    // Most often there is one piece, which need not be copied.
    if (first || bytes.length >= SMALL) {
      this.#seal();
      this.#parts.push(bytes);
      return;
    }
    if (this.#used + bytes.length > GATHERED) this.#seal();
    this.#gathered ??= new Uint8Array(GATHERED);
    this.#gathered.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Gives all of it in one, and begins anew. */
  take(): Uint8Array {
    this.#seal();
    const [first] = this.#parts;
    const whole = this.#parts.length === 1 && first !== undefined ? first : joined(this.#parts, this.#size);
    this.clear();
    return whole;
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#parts = [];
    this.#gathered = undefined;
    this.#used = 0;
    this.#size = 0;
  }

  #seal(): void {
    if (this.#used > 0) this.#parts.push((this.#gathered as Uint8Array).subarray(0, this.#used));
    this.#gathered = undefined;
    this.#used = 0;
  }
}
