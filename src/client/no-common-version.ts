import { LocalError } from "../errors.ts";

/** The two sides share no revision; `data.supported` has those of the server, as far as it said. */
export function noCommonVersion(theirs: readonly string[], ours: readonly string[]): LocalError {
  const message = `The server speaks ${theirs.join(", ")}; this client speaks ${ours.join(", ")}`;
  return new LocalError("no_common_version", message, { data: { supported: theirs } });
}
