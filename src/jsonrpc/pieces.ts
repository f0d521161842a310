import { joined } from "./utf8.ts";

/** Pieces below this size are copied together, this many bytes at a time. */
const SMALL = 4096;
const GATHERED = 65_536;

/** Room for so many times what has come is made, and for no more: who says how much will come need not send it. */
const PROMISED = 8;

const NOTHING: Uint8Array = new Uint8Array();

/**
 * Bytes that arrive in pieces, however small those are. Small ones are copied together: each would keep an object, and
 * the whole chunk that it is a part of, in memory, and there can be millions.
 */
export class Pieces {
  /** Most often there is no other. */
  #first: Uint8Array | undefined;
  #others: Uint8Array[] | undefined;
  /** Where all is put that comes, when it was said how much that will be. */
  #room: Uint8Array | undefined;
  readonly #expected: number;
  #gathered: Uint8Array | undefined;
  #used = 0;
  #size = 0;

  /** So many bytes are expected, where that is known: room for them is made when a part of them has come. */
  constructor(expected = 0) {
    this.#expected = expected;
  }

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
    if (this.#place(bytes)) return;
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
    const first = this.#room?.subarray(0, this.#size) ?? this.#first ?? NOTHING;
    const whole = this.#others === undefined ? first : joined([first, ...this.#others], this.#size);
    this.clear();
    return whole;
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#first = undefined;
    this.#others = undefined;
    this.#room = undefined;
    this.#gathered = undefined;
    this.#used = 0;
    this.#size = 0;
  }

  /** Puts a piece where room was made for it, so that nothing is kept beside the whole; false where there is none. */
  #place(bytes: Uint8Array): boolean {
    const at = this.#size - bytes.length;
    if (this.#size > this.#expected) {
      if (this.#room !== undefined) this.#first = this.#room.subarray(0, at);
      this.#room = undefined;
      return false;
    }
    if (this.#room === undefined) {
      if (this.#size < this.#expected / PROMISED) return false;
      this.#seal();
      this.#room = joined([this.#first as Uint8Array, ...(this.#others ?? [])], this.#expected);
      this.#others = undefined;
    }
    this.#room.set(bytes, at);
    return true;
  }

  #seal(): void {
    if (this.#used > 0) this.#others?.push((this.#gathered as Uint8Array).subarray(0, this.#used));
    this.#gathered = undefined;
    this.#used = 0;
  }
}
