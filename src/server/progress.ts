import { encodeId, type Notification, type RequestId, Serialized } from "../jsonrpc/index.ts";

const METHOD = "notifications/progress";

/** What was told of the progress of one request, and how it is written: a handler may tell of thousands of steps. */
export class Progress {
  /** The last that was told. */
  progress: number | undefined;
  /** How every message begins. */
  readonly #start: string;
  #total: number | undefined;
  #totalText = "";

  constructor(token: RequestId) {
    this.#start = `{"jsonrpc":"2.0","method":"${METHOD}","params":{"progressToken":${encodeId(token)},"progress":`;
  }

  /** A message, written at once and not as an object first. */
  written(progress: number, total: number | undefined, message: string | undefined): Serialized<Notification> {
    if (total !== this.#total) {
      this.#total = total;
      this.#totalText = total !== undefined && Number.isFinite(total) ? `,"total":${total}` : "";
    }
    const said = message === undefined ? "" : `,"message":${JSON.stringify(message)}`;
    return new Serialized(`${this.#start}${progress}${this.#totalText}${said}}}`, METHOD);
  }
}
