/** The part of Node's `Buffer` that is used here. */
interface NodeBuffer {
  readonly isAscii: (bytes: Uint8Array) => boolean;
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  readonly Buffer: {
    allocUnsafeSlow(size: number): Uint8Array;
    byteLength(text: string): number;
    readonly prototype: {
      readonly latin1Slice: Slice;
      readonly utf8Slice: Slice;
      readonly latin1Write: Write;
      readonly utf8Write: Write;
    };
  };
}

type Slice = (this: Uint8Array) => string;
type Write = (this: Uint8Array, text: string, at: number) => number;

interface WithModules {
  readonly getBuiltinModule?: (name: string) => unknown;
}

/** Not all runtimes have it, and where it is, it is several times faster than what all of them have. */
const node: NodeBuffer | undefined = findNodeBuffer();

function findNodeBuffer(): NodeBuffer | undefined {
  const { getBuiltinModule } = (globalThis.process ?? {}) as WithModules;
  const found = getBuiltinModule?.("node:buffer") as Partial<NodeBuffer> | undefined;
  // Some have a part of it alone.
  const isWhole = found?.isAscii !== undefined && found.isUtf8 !== undefined && found.Buffer !== undefined;
  return isWhole && "latin1Slice" in found.Buffer.prototype ? (found as NodeBuffer) : undefined;
}

const strict: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, with a byte order mark where there is one; `undefined` where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (node === undefined) return decodeAnywhere(bytes);
  const { latin1Slice, utf8Slice } = node.Buffer.prototype;
  if (node.isAscii(bytes)) return latin1Slice.call(bytes);
  return node.isUtf8(bytes) ? utf8Slice.call(bytes) : undefined;
}

function decodeAnywhere(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const encoder: TextEncoder = new TextEncoder();

/** The UTF-8 bytes of texts one after another; a long text is not put together with the others before. */
export function encodeUtf8(...texts: readonly string[]): Uint8Array {
  if (node === undefined) return encoder.encode(texts.join(""));
  const { Buffer } = node;
  const { latin1Write, utf8Write } = Buffer.prototype;
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const whole = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    // ASCII has a byte for each character, and those are copied as they are.
    const write = sizes[index] === text.length ? latin1Write : utf8Write;
    at += write.call(whole, text, at);
  }
  return whole;
}

/** Pieces one after another, at the beginning of so many bytes; what follows them there is anything. */
export function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = node === undefined ? new Uint8Array(size) : node.Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
