import { joined } from "./utf8.ts";

/** Pieces below this size are copied together, this many bytes at a time. */
const SMALL = 4096;
const GATHERED = 65_536;

const NOTHING: Uint8Array = new Uint8Array();

/**
 * Bytes that arrive in pieces, however small those are. Small ones are copied together: each would keep an object, and
 * the whole chunk that it is a part of, in memory, and there can be millions.
 */
export class Pieces {
  /** Most often there is no other. */
  #first: Uint8Array | undefined;
  #others: Uint8Array[] | undefined;
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
    this.#size += bytes.length;
    // One alone need not be copied.
    if (this.#first === undefined) {
      this.#first = bytes;
      return;
    }
    this.#others ??= [];
    if (bytes.length >= SMALL) {
      this.#seal();
      this.#others.push(bytes);
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
    const whole =
      this.#first === undefined || this.#others === undefined
        ? (this.#first ?? NOTHING)
        : joined([this.#first, ...this.#others], this.#size);
    this.clear();
    return whole;
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#first = undefined;
    this.#others = undefined;
    this.#gathered = undefined;
    this.#used = 0;
    this.#size = 0;
  }

  #seal(): void {
    if (this.#used > 0) this.#others?.push((this.#gathered as Uint8Array).subarray(0, this.#used));
    this.#gathered = undefined;
    this.#used = 0;
  }
}
