import { DefinitionError } from "../errors.ts";

/** A key that seals `requestState`: at least 32 bytes that nobody can guess, or text of at least 32 characters. */
export type StateKey = string | Uint8Array;

/** What a server seals with. */
export interface Sealing {
  /** The first one seals, all of them open. Without any, a key of the process does. */
  readonly keys: readonly StateKey[] | undefined;
  warn(text: string): void;
}

/** @throws DefinitionError for keys that are none. */
export function checkStateKeys(keys: readonly StateKey[] | undefined): void {
  if (keys === undefined) return;
  const isKey = (key: unknown): boolean => (typeof key === "string" || key instanceof Uint8Array) && key.length >= 32;
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isKey)) return;
  throw new DefinitionError(
    "stateKeys must be a list of keys, each of at least 32 bytes or characters, the newest first",
  );
}
