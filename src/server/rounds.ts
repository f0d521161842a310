import { type Call, onAbort } from "../jsonrpc/index.ts";
import type * as asking from "./asking.ts";
import type { Origin, Remembered } from "./remembered.ts";
import type { Round } from "./round.ts";
import { quiet, SUSPENSION } from "./suspension.ts";

/** The part that asks, does steps once and leaves something to undo. It is loaded with the first call that does. */
export type AskingPart = typeof asking;

let part: AskingPart | undefined;
let loading: Promise<AskingPart> | undefined;

function load(): Promise<AskingPart> {
  loading ??= import("./asking.ts").then((loaded) => {
    part = loaded;
    return loaded;
  });
  return loading;
}

/** @internal The rounds of one call, shared by all contexts of it. */
export class Rounds {
  readonly #origin: Origin;
  readonly #keep: ((remembered: Remembered) => void | Promise<void>) | undefined;
  #key: string | undefined;
  #round: Round | undefined;
  #opening: Promise<void> | undefined;
  #controller: AbortController | undefined;
  #progress: number | undefined;

  /** `keep` is told whenever there is more to remember, and awaited before the handler goes on. */
  constructor(origin: Origin, keep?: (remembered: Remembered) => void | Promise<void>) {
    this.#origin = origin;
    this.#keep = keep;
  }

  /** Stable over all rounds of a call, and different between calls. */
  get key(): string {
    this.#key = this.#round?.key ?? this.#key ?? crypto.randomUUID();
    return this.#key;
  }

  /** The round that runs; undefined before the call asked, did or left anything. */
  get round(): Round | undefined {
    return this.#round;
  }

  /** While the part that asks is loaded for the first time: settles when it knows what the handler wanted of it. */
  get opening(): Promise<void> | undefined {
    return this.#opening;
  }

  /** Runs something of the part that asks, at once where it is loaded. The order of calls is kept. */
  use<T>(act: (part: AskingPart, round: Round) => T | Promise<T>): Promise<T> {
    if (part !== undefined) return quiet(this.#act(part, act));
    const acted = load().then((loaded) => this.#act(loaded, act));
    this.#opening = load().then(() => {
      this.#opening = undefined;
    });
    return quiet(acted);
  }

  /** A signal that also aborts when the round is over. */
  signal(call: Call): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      onAbort(call, (reason) => controller.abort(reason));
      if (this.#round?.closed === true) controller.abort(SUSPENSION);
    }
    return this.#controller.signal;
  }

  /** The last progress that was told. */
  get progress(): number | undefined {
    return this.#round?.progress ?? this.#progress;
  }

  set progress(progress: number) {
    this.#progress = progress;
    if (this.#round !== undefined) this.#round.progress = progress;
  }

  /** Runs what was left to undo. */
  async unwind(report: (error: unknown) => void): Promise<void> {
    await this.#opening;
    await this.#round?.unwind(report);
  }

  #act<T>(loaded: AskingPart, act: (part: AskingPart, round: Round) => T | Promise<T>): Promise<T> {
    this.#round ??= new loaded.Round(this.#origin, this.key, {
      keep: this.#keep,
      closed: () => this.#controller?.abort(SUSPENSION),
    });
    this.#round.progress ??= this.#progress;
    try {
      return Promise.resolve(act(loaded, this.#round));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
