/** One reply of HTTP/1.1, read strictly: a framing that makes no sense is an error of the test. */
import { readEvents, type SseEvent } from "./sse.ts";

/** A message of JSON-RPC as it came. */
export interface RpcMessage {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, any>;
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: any };
}

export class Reply {
  readonly status: number;
  readonly #headers: ReadonlyMap<string, readonly string[]>;
  readonly #chunks: Buffer[] = [];
  readonly #framing: "length" | "chunked" | "close";
  #left: number;
  #text: string | undefined;
  /** The reply is at its end. */
  over = false;
  /** It ended as its framing said, and not because the connection broke. */
  complete = false;

  private constructor(status: number, headers: ReadonlyMap<string, readonly string[]>, bodiless: boolean) {
    this.status = status;
    this.#headers = headers;
    const length = this.header("content-length");
    const chunked = this.header("transfer-encoding")?.toLowerCase() === "chunked";
    if (chunked && length !== undefined) throw new Error("A reply has two framings");
    const empty = bodiless || status < 200 || status === 204 || status === 304;
    this.#framing = empty || length !== undefined ? "length" : chunked ? "chunked" : "close";
    this.#left = empty ? 0 : Number(length ?? 0);
    if (this.#framing === "length" && this.#left === 0) this.#end();
  }

  /** Reads a head, and gives what follows it; undefined while it is not there as a whole. */
  static head(bytes: Buffer, bodiless: boolean): { reply: Reply; rest: Buffer } | undefined {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
    const status = /^HTTP\/1\.1 ([0-9]{3})(?: .*)?$/.exec(first)?.[1];
    if (status === undefined) throw new Error(`A reply begins with ${JSON.stringify(first.slice(0, 100))}`);
    const headers = new Map<string, string[]>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
    }
    return { reply: new Reply(Number(status), headers, bodiless), rest: bytes.subarray(end + 4) };
  }

  /** Takes bytes, and gives back those that are no longer of this reply. */
  feed(bytes: Buffer): Buffer {
    if (this.over) return bytes;
    if (this.#framing === "chunked") return this.#feedChunks(bytes);
    if (this.#framing === "close") {
      this.#add(bytes);
      return bytes.subarray(bytes.length);
    }
    const own = bytes.subarray(0, this.#left);
    this.#add(own);
    this.#left -= own.length;
    if (this.#left === 0) this.#end();
    return bytes.subarray(own.length);
  }

  /** The connection is over. */
  disconnected(): void {
    if (this.over) return;
    this.over = true;
    this.complete = this.#framing === "close";
  }

  /** All values of a header in one; undefined when it is not there. */
  header(name: string): string | undefined {
    return this.#headers.get(name)?.join(", ");
  }

  get headerNames(): readonly string[] {
    return [...this.#headers.keys()];
  }

  /** The body so far. */
  get text(): string {
    this.#text ??= Buffer.concat(this.#chunks).toString();
    return this.#text;
  }

  get isStream(): boolean {
    return this.header("content-type") === "text/event-stream";
  }

  /** The events so far. */
  get events(): SseEvent[] {
    return readEvents(this.text);
  }

  /** The messages so far: those of the events, or of the body. */
  get messages(): RpcMessage[] {
    if (this.isStream) {
      const messages = this.events.filter(({ event, data }) => event === "message" && data !== "");
      return messages.map(({ data }) => JSON.parse(data) as RpcMessage);
    }
    if (this.header("content-type")?.startsWith("application/json") !== true || this.text === "") return [];
    const value = JSON.parse(this.text) as RpcMessage | RpcMessage[];
    return Array.isArray(value) ? value : [value];
  }

  /** The one message of the body. */
  get message(): RpcMessage {
    const { messages } = this;
    const [only] = messages;
    if (only === undefined || messages.length > 1) throw new Error(`Not one message but ${messages.length}`);
    return only;
  }

  /** Status and error code, as the catalogue writes them. */
  get outcome(): [status: number, code: number | undefined] {
    return [this.status, this.messages.find(({ error }) => error !== undefined)?.error?.code];
  }

  #feedChunks(given: Buffer): Buffer {
    let bytes = given;
    for (;;) {
      const end = bytes.indexOf("\r\n");
      if (end < 0) return bytes;
      const size = /^([0-9a-f]+)$/i.exec(bytes.subarray(0, end).toString("latin1"))?.[1];
      if (size === undefined) throw new Error("A chunk of a reply has no size");
      const length = Number.parseInt(size, 16);
      const next = end + 2 + length + 2;
      if (bytes.length < next) return bytes;
      this.#add(bytes.subarray(end + 2, end + 2 + length));
      bytes = bytes.subarray(next);
      if (length > 0) continue;
      this.#end();
      return bytes;
    }
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push(Buffer.from(bytes));
    this.#text = undefined;
  }

  #end(): void {
    this.over = true;
    this.complete = true;
  }
}
