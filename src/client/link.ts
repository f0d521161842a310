import { LocalError } from "../errors.ts";
import type { Notification, Params } from "../jsonrpc/index.ts";
import {
  type Implementation,
  isSince,
  type MetaObject,
  type Revision,
  type ServerCapabilities,
  type Method,
} from "../protocol/index.ts";
import type { Subscribing } from "./subscription.ts";

/** What is known of the server. */
export interface ServerFacts {
  /** Its name and version, where it gives them. */
  readonly info: Implementation | undefined;
  /** What it offers. */
  readonly capabilities: ServerCapabilities;
  /** How to use it, for the model. */
  readonly instructions: string | undefined;
}

/** An open conversation in one revision: how requests are written and answers are read there. */
export interface Link {
  readonly version: Revision;
  readonly server: ServerFacts;
  /** From when on what is known of the server may be wrong, in milliseconds since 1970; never, where it says nothing. */
  readonly staleAt: number;
  /** Whether the server may send requests. */
  readonly answers: boolean;
  /** The parameters of a request as this revision writes them. */
  params(params: Params, meta: MetaObject | undefined): Params;
  /** The result of a request in the terms of the newest revision. Throws `LocalError` for one that is none. */
  result(method: Method, result: unknown): unknown;
  /** Takes what the server says of itself now; absent where it says so once. */
  renew?(result: unknown): void;
  /** Opens a subscription. */
  listen(subscribing: Subscribing): Promise<void>;
  /** What the server said unasked may be lost; with an error, nothing of it is heard any more. */
  missed(error: Error | undefined): void;
  /** Takes a notification that belongs to no request. */
  emit(notification: Notification): void;
}

/** Whether a server declared the capability that a method needs in the revision that is spoken. */
export function offers({ server, version }: Link, row: Method | undefined): boolean {
  if (row?.capability === undefined) return true;
  if (row.capabilitySince !== undefined && !isSince(version, row.capabilitySince)) return true;
  let at: unknown = server.capabilities;
  for (const name of row.capability) {
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  return at !== undefined && at !== false;
}

/** The result of a request in the terms of the newest revision. @throws LocalError `invalid_response` for one that is none. */
export function checked(link: Link, row: Method, result: unknown): unknown {
  const read = link.result(row, result);
  const problem = row.result?.(read);
  if (problem === undefined) return read;
  throw new LocalError("invalid_response", `The answer to ${row.name} is invalid: ${problem}`);
}
