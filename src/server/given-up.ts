import { LocalError } from "../errors.ts";

/** Of a call that nobody waits for any more. */
export function givenUp(): LocalError {
  return new LocalError("aborted", "Nobody waits for this call any more");
}
