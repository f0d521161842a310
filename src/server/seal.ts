import { DefinitionError, InvalidParamsError } from "../errors.ts";
import type { Binding } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { canonical } from "./canonical.ts";
import { base64 } from "./content.ts";
import { kept } from "./kept.ts";
import type { Origin } from "./remembered.ts";
import type { Sealing, StateKey } from "./sealing.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Length of the number that makes each sealed text another one, in bytes. */
const NONCE = 12;

/**
 * Seals what a call must remember while its client has it, so that nobody can read or change it, and gives it back for
 * the same request of the same principal alone.
 */
export class Seal {
  readonly #sealing: Sealing;
  #keys: readonly Promise<CryptoKey>[] | undefined;

  /** The first key seals; all of them open. Without any, a key of this process does. */
  constructor(sealing: Sealing) {
    this.#sealing = sealing;
  }

  /** Seals a value for a request that is known by `bound`, and that came as `binding` says. */
  async seal(value: unknown, bound: string, binding: Binding | undefined): Promise<string> {
    if (this.#sealing.keys === undefined && binding?.http !== undefined) this.#withoutKeys(binding);
    const text = JSON.stringify({ until: Date.now() + limits.stateTime, value });
    const plain = encoder.encode(text);
    if (plain.length > limits.stateBytes) {
      const advice = "keep it in a store, and the place of it in the steps";
      throw new DefinitionError(`The call remembers ${plain.length} bytes, above ${limits.stateBytes}: ${advice}`);
    }
    const iv = crypto.getRandomValues(new Uint8Array(NONCE));
    const [key] = this.#all();
    const sealed = await crypto.subtle.encrypt(parameters(iv, bound), (await key) as CryptoKey, plain);
    const bytes = new Uint8Array(NONCE + sealed.byteLength);
    bytes.set(iv);
    bytes.set(new Uint8Array(sealed), NONCE);
    return toText(bytes);
  }

  /** Gives back what was sealed. @throws InvalidParamsError for what is no seal of ours for this request, or too old. */
  async open(text: unknown, bound: string): Promise<unknown> {
    const bytes = typeof text === "string" && text.length <= limits.stateBytes * 2 ? toBytes(text) : undefined;
    if (bytes === undefined || bytes.length <= NONCE) throw refused();
    const [iv, sealed] = [bytes.subarray(0, NONCE), bytes.subarray(NONCE)];
    for (const key of this.#all()) {
      let plain: ArrayBuffer;
      try {
        plain = await crypto.subtle.decrypt(parameters(iv, bound), await key, sealed);
      } catch {
        continue;
      }
      const { until, value } = JSON.parse(decoder.decode(plain)) as { until: number; value: unknown };
      if (until > Date.now()) return value;
      throw new InvalidParamsError("requestState is too old: make the call anew");
    }
    throw refused();
  }

  #all(): readonly Promise<CryptoKey>[] {
    this.#keys ??= (this.#sealing.keys ?? [crypto.getRandomValues(new Uint8Array(32))]).map(toKey);
    return this.#keys;
  }

  #withoutKeys({ replicas }: Binding): void {
    const fix = "new Server(info, { stateKeys: [key] }), the same key in each process";
    if (replicas === true) {
      throw new DefinitionError(`A server of which there may be several needs keys of its own before it asks: ${fix}`);
    }
    this.#sealing.warn(`Only this process can go on with calls that ask; give the server keys: ${fix}`);
  }
}

/** The seal of a server. */
export const sealOf: (sealing: Sealing) => Seal = kept(new WeakMap<Sealing, Seal>(), (sealing) => new Seal(sealing));

/** What a sealed state is bound to: who asks for what. `_meta` may differ from round to round. */
export function boundTo({ request: { method, params = {} }, binding }: Origin): string {
  const { _meta: _, requestState: __, inputResponses: ___, ...asked } = params;
  return canonical([binding?.principal?.id ?? null, method, asked]);
}

function refused(): InvalidParamsError {
  return new InvalidParamsError("requestState is not what this server gave for this request");
}

async function toKey(key: StateKey): Promise<CryptoKey> {
  const material = typeof key === "string" ? encoder.encode(key) : new Uint8Array(key);
  const hash = await crypto.subtle.digest("SHA-256", material);
  return crypto.subtle.importKey("raw", hash, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function parameters(iv: Uint8Array<ArrayBuffer>, bound: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(bound) };
}

function toText(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes of a text that {@link toText} gave; of each value there is one text, so that no other one passes for it. */
function toBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    return toText(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
