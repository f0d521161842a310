import { encodeUtf8 } from "./utf8.ts";

const decoder: TextDecoder = new TextDecoder();

/** Texts from this length on are kept as bytes: half the memory of a string, and no second encoding per send. */
const BYTES_FROM = 16_384;

/**
 * A JSON value that is already text, so that sending it again costs no second `JSON.stringify`.
 *
 * It may stand wherever a `result` or a notification may. Short texts stay strings; long ones become UTF-8 bytes.
 */
export class Serialized<T = unknown> {
  readonly #text: string | undefined;
  /** The UTF-8 bytes, for long texts. */
  readonly bytes: Uint8Array | undefined;
  /** The method, where it is a notification whose maker says so. */
  readonly method: string | undefined;

  /** Takes JSON text, or its UTF-8, as it is; nothing checks that it is JSON, nor that it has that method. */
  constructor(text: string | Uint8Array, method?: string) {
    this.method = method;
    if (typeof text !== "string") this.bytes = text;
    else if (text.length < BYTES_FROM) this.#text = text;
    else this.bytes = encodeUtf8(text);
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
    return this.#text ?? decoder.decode(this.bytes);
  }

  /** The value, parsed anew at each look, so that no two holders share it. */
  get value(): T {
    return JSON.parse(this.text) as T;
  }

  toJSON(): T {
    return this.value;
  }
}
