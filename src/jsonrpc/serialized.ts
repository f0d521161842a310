import { encodeUtf8 } from "./utf8.ts";

const decoder: TextDecoder = new TextDecoder();

/** Texts from this length on are kept as bytes: half the memory of a string, and no second encoding per send. */
const BYTES_FROM = 16_384;

/** Writes a JSON value when somebody wants it: as text, or as a value that nobody else has. */
export interface JsonWriter<T> {
  readonly text: string;
  readonly value: T;
}

/**
 * A JSON value that is already text, so that sending it again costs no second `JSON.stringify`.
 *
 * It may stand wherever a `result` or a notification may. Short texts stay strings; long ones become UTF-8 bytes.
 */
export class Serialized<T = unknown> {
  readonly #source: string | JsonWriter<T> | undefined;
  /** The UTF-8 bytes, for long texts. */
  readonly bytes: Uint8Array | undefined;
  /** The method, where it is a notification whose maker says so. */
  readonly method: string | undefined;

  /**
   * Takes JSON text, or its UTF-8, as it is, or who writes it; nothing checks that it is JSON, nor that it has that
   * method.
   */
  constructor(source: string | Uint8Array | JsonWriter<T>, method?: string) {
    this.method = method;
    if (source instanceof Uint8Array) this.bytes = source;
    else if (typeof source === "string" && source.length >= BYTES_FROM) this.bytes = encodeUtf8(source);
    else this.#source = source;
  }

  /**
   * Serialises a value. Throws what `JSON.stringify` throws, for cycles, BigInt and getters that throw, and a `TypeError`
   * for what JSON does not have.
   */
  static of<T>(value: T): Serialized<T> {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError("JSON has no such value");
    return new Serialized<T>(text);
  }

  /** The JSON text. */
  get text(): string {
    const source = this.#source;
    if (typeof source === "string") return source;
    return source === undefined ? decoder.decode(this.bytes) : source.text;
  }

  /** The value, made anew at each look, so that no two holders share it. */
  get value(): T {
    const source = this.#source;
    return typeof source === "object" ? source.value : (JSON.parse(this.text) as T);
  }

  toJSON(): T {
    return this.value;
  }
}
