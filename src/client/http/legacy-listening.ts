import type { LocalError } from "../../errors.ts";
import type { Problem } from "./calls.ts";
import type { Reader, Sent } from "./endpoint.ts";
import type { WholeReply } from "./failures.ts";
import { LegacyStream } from "./legacy-stream.ts";
import type { StreamStatus } from "./options.ts";
import type { Pacing } from "./pacing.ts";

/** What listening needs. */
export interface Hearing {
  get(lastEventId: string | undefined, reader: Reader): Sent;
  take(text: string): void;
  refusal(reply: WholeReply): LocalError;
  /** Some of what the server said may be lost; with an error, nothing more is heard. */
  missed(error?: Error): void;
  /** The session is no longer there. @param steady Whether it was for a while. */
  gone(steady: boolean): void;
  readonly problem: Problem;
  readonly onStatus: ((status: StreamStatus) => void) | undefined;
}

/** Statuses of a server that does not speak unasked. */
const NO_STREAM: ReadonlySet<number> = new Set([404, 405, 406]);

/** The stream on which a server of an older revision speaks unasked, for as long as there is one. */
export class LegacyListening {
  readonly #hearing: Hearing;
  readonly #stream: LegacyStream;
  readonly #steady: number;
  /** When it was open last, in the milliseconds of `performance.now()`. */
  #connectedAt: number | undefined;
  #over = false;

  constructor(pacing: Pacing, hearing: Hearing) {
    this.#hearing = hearing;
    this.#steady = pacing.steady;
    this.#stream = new LegacyStream(
      {
        endless: true,
        get: (lastEventId, reader) => hearing.get(lastEventId, reader),
        take: (text) => hearing.take(text),
        done: () => this.#over,
        body: (reply) => this.#refused(reply),
        connected: (missed) => {
          // What was said before there was a stream is lost as well.
          if (missed || this.#connectedAt === undefined) hearing.missed();
          this.#connectedAt = performance.now();
          this.#tell({ state: "connected" });
        },
        reconnecting: (attempt, delay) => this.#tell({ state: "reconnecting", attempt, delay }),
        lost: (error) => this.lost(error),
      },
      pacing,
    );
    this.#stream.open();
  }

  /** Listens no more. */
  stop(): void {
    this.#over = true;
    this.#stream.stop();
  }

  #refused(reply: WholeReply): boolean {
    if (reply.status === 404 && this.#connectedAt !== undefined) {
      this.#hearing.gone(performance.now() - this.#connectedAt >= this.#steady);
      return true;
    }
    if (NO_STREAM.has(reply.status)) return true;
    if (reply.status !== 401 && reply.status !== 403) return false;
    this.lost(this.#hearing.refusal(reply));
    return true;
  }

  /** It is over, although nobody ended it. */
  lost(error: Error): void {
    this.#over = true;
    this.#hearing.problem("What the server says unasked is no longer heard", error);
    this.#hearing.missed(error);
    this.#tell({ state: "lost", error });
  }

  #tell(status: StreamStatus): void {
    try {
      this.#hearing.onStatus?.(status);
    } catch (error) {
      this.#hearing.problem("onStatus failed", error);
    }
  }
}
