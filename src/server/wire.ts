import type { ErrorObject, ProtocolError } from "../errors.ts";
import type { Serialized } from "../jsonrpc/index.ts";
import type { Sealing } from "./sealing.ts";
import type { Result, Revision, Method } from "../protocol/index.ts";

/** The lists of a server, by the member that holds their entries. */
export type ListName = "tools" | "resources" | "resourceTemplates" | "prompts";

/** How questions travel: as requests of their own, or in the result, to be answered by another round of the call. */
export type Way = "requests" | "rounds";

/** How one revision writes what handlers give. Handlers and registries know only the newest revision. */
export interface Wire {
  readonly revision: Revision;
  /** Seals what a call remembers until its next round; undefined where questions are requests of their own. */
  readonly sealing: Sealing | undefined;
  /** Whether a progress notification may have a `message`. */
  readonly progressMessage: boolean;
  /** How the questions of a handler of this method travel; undefined where it cannot ask. */
  way(method: string): Way | undefined;
  /** The JSON of a result, complete for this revision. Throws what `JSON.stringify` throws. */
  result(method: Method, result: Result): Serialized;
  /** Tells the author that a method should not be used in this revision, where it should not. */
  deprecated(method: Method | undefined): void;
  /** An entry of a list, without what this revision does not have. */
  entry(list: ListName, entry: object): object;
  /** An error as this revision writes it. */
  error(error: ProtocolError): ErrorObject;
}
