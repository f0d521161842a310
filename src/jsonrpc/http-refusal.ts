import { InvalidRequestError, type ProtocolError } from "../errors.ts";
import type { RequestId } from "./message.ts";

/** Headers of a reply, by their names. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** Refuses an HTTP request, with a status and a JSON-RPC error that says why. */
export class HttpRefusal extends Error {
  override readonly name: string = "HttpRefusal";
  /** The HTTP status, 400 to 599. */
  readonly status: number;
  /** Headers of the reply, such as `WWW-Authenticate`. */
  readonly headers: HttpHeaders;
  /** The error in the body. */
  readonly error: ProtocolError;
  /** The id of the request, where it could be read. */
  readonly id: RequestId | undefined;

  /** With a text alone the error is -32600. */
  constructor(status: number, error: ProtocolError | string, headers: HttpHeaders = {}, id?: RequestId) {
    const told = typeof error === "string" ? new InvalidRequestError(error) : error;
    super(told.message);
    this.status = status;
    this.error = told;
    this.headers = headers;
    this.id = id;
  }
}
