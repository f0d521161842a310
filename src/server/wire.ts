import type { ErrorObject, ProtocolError } from "../errors.ts";
import type { Serialized } from "../jsonrpc/index.ts";
import type { Method, Result, Revision } from "../protocol/index.ts";

/** The lists of a server, by the member that holds their entries. */
export type ListName = "tools" | "resources" | "resourceTemplates" | "prompts";

/** How one revision writes what handlers give. Handlers and registries know only the newest revision. */
export interface Wire {
  readonly revision: Revision;
  /** Whether a handler's question goes to the client as a request of its own. */
  readonly asks: boolean;
  /** Whether a progress notification may have a `message`. */
  readonly progressMessage: boolean;
  /** The JSON of a result, complete for this revision. Throws what `JSON.stringify` throws. */
  result(method: Method, result: Result): Serialized;
  /** An entry of a list, without what this revision does not have. */
  entry(list: ListName, entry: object): object;
  /** An error as this revision writes it. */
  error(error: ProtocolError): ErrorObject;
}
