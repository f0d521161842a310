import { DefinitionError } from "../errors.ts";

/** @throws DefinitionError for a patience that is no positive number; `Infinity` is one. */
export function patience(name: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (typeof given === "number" && given > 0) return given;
  throw new DefinitionError(`${name} must be a positive number of milliseconds, not ${given}`);
}
