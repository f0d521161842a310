/** A client of HTTP/1.1 that writes bytes as they are, and reads whatever comes back. */
import { connect, type Socket } from "node:net";
import { Reply } from "./reply.ts";
import { within } from "./waiting.ts";

/** How long a reply may take unless a case says otherwise, in milliseconds. */
const PATIENCE = 5000;

/** Hears of every reply and every byte. */
export interface Recorder {
  reply(reply: Reply): void;
  bytes?(bytes: Buffer): void;
}

/** One connection. */
export class Connection {
  readonly socket: Socket;
  /** Resolves when the connection is over, from whichever side. */
  readonly closed: Promise<void>;
  readonly replies: Reply[] = [];
  readonly #recorder: Recorder | undefined;
  readonly #waiting = new Set<() => void>();
  /** Whether replies come without a body: those to HEAD do, whatever they say. */
  readonly #bodiless: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #taken = 0;
  over = false;

  private constructor(socket: Socket, recorder: Recorder | undefined, bodiless: boolean) {
    this.socket = socket;
    this.#recorder = recorder;
    this.#bodiless = bodiless;
    // A connection that the other side breaks is an outcome, not a failure of the harness.
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.over = true;
        this.replies.at(-1)?.disconnected();
        for (const look of [...this.#waiting]) look();
        resolve();
      });
    });
  }

  /** Connects to a port of this machine. */
  static async open(port: number, recorder?: Recorder, { bodiless = false } = {}): Promise<Connection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: false });
    await within(PATIENCE, new Promise((resolve) => socket.once("connect", resolve)), "a connection");
    return new Connection(socket, recorder, bodiless);
  }

  /** Writes bytes as they are. A text is written as Latin-1, so that each character is one byte. */
  write(data: string | Uint8Array): void {
    if (!this.over) this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Writes, and waits until the system has taken it, or the connection is over. */
  async writeAll(data: Uint8Array): Promise<void> {
    if (this.over) return;
    await Promise.race([new Promise<void>((resolve) => this.socket.write(data, () => resolve())), this.closed]);
  }

  /** The next reply, as soon as its head is there; undefined when the connection closed without one. */
  async head(patience: number = PATIENCE): Promise<Reply | undefined> {
    const at = this.#taken++;
    await within(
      patience,
      this.#until(() => this.replies.length > at || this.over),
      "the head of a reply",
    );
    return this.replies[at];
  }

  /** The next reply, when it is at its end; undefined when the connection closed without one. */
  async reply(patience: number = PATIENCE): Promise<Reply | undefined> {
    const reply = await this.head(patience);
    if (reply !== undefined) await this.whole(reply, patience);
    return reply;
  }

  /** Waits for the end of a reply. */
  async whole(reply: Reply, patience: number = PATIENCE): Promise<void> {
    await within(
      patience,
      this.#until(() => reply.over),
      "the end of a reply",
    );
  }

  /** Waits until the reply fits. */
  async seen(reply: Reply, fits: (reply: Reply) => boolean, patience: number = PATIENCE): Promise<void> {
    await within(
      patience,
      this.#until(() => fits(reply) || reply.over),
      "what was expected of a stream",
    );
    if (!fits(reply)) throw new Error(`The stream ended without what was expected of it: ${reply.text.slice(-500)}`);
  }

  /** Waits for the end of the connection. */
  async ends(patience: number = PATIENCE): Promise<void> {
    await within(patience, this.closed, "the end of the connection");
  }

  /** Goes away without a farewell. */
  destroy(): void {
    this.socket.destroy();
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  #read(chunk: Buffer): void {
    this.#recorder?.bytes?.(chunk);
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      let reply = this.replies.at(-1);
      if (reply === undefined || reply.over) {
        const parsed = Reply.head(this.#rest, this.#bodiless);
        if (parsed === undefined) break;
        this.#rest = parsed.rest;
        // A promise that a reply will come is none.
        if (parsed.reply.status < 200) continue;
        reply = parsed.reply;
        this.replies.push(reply);
        this.#recorder?.reply(reply);
      }
      this.#rest = reply.feed(this.#rest);
      if (!reply.over || this.#rest.length === 0) break;
    }
    for (const look of [...this.#waiting]) look();
  }
}
