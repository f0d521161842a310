import { InternalError } from "../../errors.ts";
import {
  type HttpFacts,
  type HttpHeaders,
  HttpRefusal,
  Malformed,
  type Message,
  type Parts,
  type Request,
} from "../../jsonrpc/index.ts";

/** One HTTP request, as its host knows it. */
export interface HttpRequest extends HttpFacts {
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /**
   * Reads the body to its end, and gives it to its reader.
   *
   * @throws HttpRefusal where the request itself says that the body will not be taken.
   */
  read(limit: number, reader: BodyReader): void;
}

/** Who gets the body of a request. */
export interface BodyReader {
  /** The body is still on its way: from now on the patience with it runs. */
  wait(): void;
  /** The whole body: text that was valid UTF-8, and where they are at hand, the bytes. */
  take(text: string, bytes?: Uint8Array): void;
  /** Why there is none: an {@link HttpRefusal} where it is longer than the limit, is no UTF-8, or breaks off. */
  fail(problem: unknown): void;
}

/** Where the reply to one HTTP request goes. */
export interface HttpSink {
  /** Sends a whole reply; nothing follows it. A body is JSON. */
  reply(status: number, headers: HttpHeaders, body?: string | Parts): void;
  /** Begins a stream of events, with status 200. */
  events(headers: HttpHeaders): void;
  /** Writes to the stream. Gives a promise only when the reader is slow; it settles when there is room, or nobody. */
  write(data: string | Uint8Array): void | Promise<void>;
  /** Ends the stream. */
  end(): void;
  /** Ends the stream at once: what waits for the reader is thrown away. */
  abort(): void;
  /** Says who hears, once, that the reader has gone before the reply was at its end. */
  onClose(listener: () => void): void;
}

/** The refusal of what may be tried again soon, with the limit that it met, where there is one. */
export function full(status: number, message: string, limit?: string): HttpRefusal {
  return new HttpRefusal(status, new InternalError(message, limit && { limit }), { "retry-after": "1" });
}

/** The refusal of what is no message. */
export function refusalOf({ error, id }: Malformed): HttpRefusal {
  return new HttpRefusal(400, error, {}, id);
}

/** Whether what came wants an answer. */
export function isRequest(message: Message | Malformed): message is Request {
  return !(message instanceof Malformed) && "method" in message && "id" in message && message.id !== undefined;
}
