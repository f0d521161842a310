import { DefinitionError, InvalidParamsError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Params, schedule } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { InputRequests, Revision } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import { canonical, digest } from "./canonical.ts";
import { copied, type Origin, put, type Remembered } from "./remembered.ts";
import { Steps } from "./steps.ts";
import { quiet, SUSPENSION } from "./suspension.ts";

/** An answered question may be left out so often running: branches of a handler may overtake one another. */
const MOST_MISSED = 2;

/** Who hears of a round. */
export interface RoundListener {
  /** There is more to remember; awaited before the handler goes on. */
  readonly keep?: ((remembered: Remembered) => void | Promise<void>) | undefined;
  /** The round is over. */
  readonly closed?: () => void;
}

/**
 * @internal What one call asks, does once, and leaves to undo. Where questions are requests of their own, it lasts as long as the
 * call. Where they are answered by another request, it is one of several rounds: the handler runs from the top in each,
 * and what was answered or done before is there at once.
 */
export class Round {
  #key: string;
  #rounds = 0;
  #answers: Record<string, unknown> = {};
  #asked: Readonly<Record<string, string>> = {};
  #missed: Readonly<Record<string, number>> = {};
  #responses: Readonly<Record<string, unknown>> | undefined;
  #own: unknown;
  #resumed = false;
  #answersByHand = false;
  #byHand = false;
  readonly #pending = new Map<string, { readonly method: string; readonly params: Params }>();
  readonly #seen = new Map<string, number>();
  readonly #used = new Set<string>();
  readonly #steps = new Steps();
  readonly #undo: (() => unknown)[] = [];
  readonly #listener: RoundListener;
  #suspension: Promise<never> | undefined;
  #ending = false;
  #told = false;
  #undoing = false;
  #closed = false;
  /** The request that the call began with. */
  readonly origin: Origin;
  /** The last progress that was told. */
  progress: number | undefined;

  /** @param key Stable over all rounds of a call, and different between calls. */
  constructor(origin: Origin, key: string, listener: RoundListener = {}) {
    this.origin = origin;
    this.#key = key;
    this.#listener = listener;
  }

  /** Stable over all rounds of a call, and different between calls. */
  get key(): string {
    return this.#key;
  }

  /** Whether a question waits for its answer, so that what the handler still gives or throws does not count. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Whether it is over: what is left of its handler asks and does nothing any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether there is something to undo. */
  get undoes(): boolean {
    return this.#undo.length > 0;
  }

  /** Whether what an earlier round left was looked at. */
  get resumed(): boolean {
    return this.#resumed;
  }

  /** The answers that came with this round, for handlers that ask by a result. */
  get responses(): Readonly<Record<string, unknown>> | undefined {
    return this.#responses;
  }

  /** What the handler wanted to remember. */
  get own(): unknown {
    return this.#own;
  }

  /** Goes on with what an earlier round left. */
  resume(remembered: Remembered): void {
    this.#key = remembered.key;
    this.#rounds = remembered.rounds;
    this.#answers = { ...remembered.answers };
    this.#asked = remembered.asked;
    this.#missed = remembered.missed;
    this.#steps.done = { ...remembered.steps };
    this.#own = remembered.own;
    this.#answersByHand = remembered.byHand === true;
    this.#responses = remembered.responses;
    this.progress = remembered.progress;
  }

  /**
   * Takes the answers that came with a request: those that were asked for, and without a memory of what was asked, all.
   *
   * @throws InvalidParamsError for one that is no answer to its question.
   */
  take(responses: Params, version: Revision): void {
    this.#resumed = true;
    const known = this.#rounds > 0;
    const { questions } = methodsOf(version);
    const taken: [string, unknown][] = [];
    for (const [key, response] of Object.entries(responses)) {
      const method = Object.hasOwn(this.#asked, key) ? this.#asked[key] : undefined;
      if (known && method === undefined) continue;
      const problem = shape(response) ?? questions.get(method ?? "")?.result?.(response);
      if (problem !== undefined) throw new InvalidParamsError(`inputResponses: "${key}" is no answer: ${problem}`);
      taken.push([key, response]);
    }
    const answers = Object.fromEntries(taken);
    if (known && !this.#answersByHand) this.#answers = { ...this.#answers, ...answers };
    else this.#responses = answers;
  }

  /** The handler runs again from the top, with the answers to what it asked by its result. */
  again(responses: Readonly<Record<string, unknown>> | undefined, own: unknown): void {
    this.#responses = responses;
    this.#own = own;
    this.#seen.clear();
    this.#steps.again();
    this.#undo.length = 0;
  }

  /** Counts a round. @throws DefinitionError when there were too many. */
  count(): number {
    if (++this.#rounds > limits.rounds) throw tooMany();
    return this.#rounds;
  }

  /**
   * The answer to a question. Where `send` is given the question goes out by it; else its promise rejects, and the
   * answer comes with a later round.
   */
  ask(method: string, params: Params, key: string | undefined, send?: () => Promise<unknown>): Promise<unknown> {
    if (this.#undoing) return quiet(Promise.reject(new DefinitionError("An undo step cannot ask: its call is over")));
    // A visit has another id each time.
    const { elicitationId: _, ...said } = params;
    const base = key ?? digest(canonical([method, said]));
    const before = this.#seen.get(base) ?? 0;
    const at = before === 0 ? base : `${base}#${before + 1}`;
    if (this.#pending.has(at)) return this.#suspended();
    if (Object.hasOwn(this.#answers, at)) {
      this.#seen.set(base, before + 1);
      this.#used.add(at);
      return Promise.resolve(copied(this.#answers[at]));
    }
    if (send !== undefined) {
      this.#seen.set(base, before + 1);
      return quiet(this.#kept(at, send));
    }
    if (!this.#closed && !this.#told) {
      this.#pending.set(at, { method, params });
      this.#ending = true;
    }
    return this.#suspended();
  }

  /** Does a step, or gives what it gave in an earlier round. */
  once(name: string, step: () => unknown): Promise<unknown> {
    const suspended = this.#ending || this.#closed ? () => this.#suspended() : undefined;
    return this.#steps.once(name, step, suspended, () => this.#listener.keep?.(this.remembered));
  }

  /** Leaves an undo step. */
  defer(undo: () => unknown): void {
    if (!this.#closed) this.#undo.push(undo);
  }

  /** Runs what {@link defer} left, the last one first. Where middleware tries again, what was undone is done again. */
  async unwind(report: (error: unknown) => void): Promise<void> {
    if (this.#undo.length > 0) this.#steps.done = {};
    this.#steps.again();
    this.#undoing = true;
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        report(error);
      }
    }
    this.#undoing = false;
  }

  /** Waits for the steps that run, and ends the round. What is left of its handler asks and does nothing any more. */
  async close(): Promise<void> {
    await this.#steps.settled();
    this.#closed = true;
    this.#listener.closed?.();
  }

  /** The questions that wait for their answers. */
  get pending(): InputRequests {
    return Object.fromEntries(this.#pending) as unknown as InputRequests;
  }

  /** Asks what a handler asked by its result, and remembers what it wants to know in the next round. */
  askByHand(questions: InputRequests, own: unknown): void {
    this.#byHand = true;
    this.#own = own;
    this.#told = true;
    this.#ending = true;
    for (const [key, { method, params = {} }] of Object.entries(questions)) this.#pending.set(key, { method, params });
  }

  /** What the next round has to know. @throws DefinitionError where going on makes no sense. */
  remember(): Remembered {
    const missed: [string, number][] = [];
    const isNew = [...this.#pending.keys()].some((key) => !Object.hasOwn(this.#asked, key));
    // Where one branch got on, others may have had no time to come as far as before.
    const gotOn = Object.keys(this.#asked).some((key) => this.#used.has(key));
    for (const key of Object.keys(this.#answers)) {
      const times = (Object.hasOwn(this.#missed, key) ? (this.#missed[key] ?? 0) : 0) + 1;
      if (this.#used.has(key) || !isNew || gotOn || this.#byHand) continue;
      if (times > MOST_MISSED) throw changed();
      missed.push([key, times]);
    }
    const rounds = this.#rounds + 1;
    if (rounds > limits.rounds) throw tooMany();
    if (this.#pending.size > limits.questions) {
      throw new DefinitionError(`A round may ask ${limits.questions} questions: put some into one form`);
    }
    const asked = Object.fromEntries([...this.#pending].map(([key, { method }]) => [key, method]));
    return { ...this.remembered, rounds, asked, missed: Object.fromEntries(missed) };
  }

  /**
   * Tells the handler that an answer comes with a later round, when the promises of this turn have settled. What it asks
   * until then is asked in the same round; what it asks afterwards may come of a failure that was none.
   */
  #suspended(): Promise<never> {
    this.#suspension ??= quiet(
      new Promise((_, reject) => {
        schedule(() => {
          this.#told = true;
          reject(SUSPENSION);
        });
      }),
    );
    return this.#suspension;
  }

  async #kept(at: string, send: () => Promise<unknown>): Promise<unknown> {
    const answer = await send();
    put(this.#answers, at, copied(answer));
    await this.#listener.keep?.(this.remembered);
    return answer;
  }

  /** What is known so far. */
  get remembered(): Remembered {
    const done = { answers: this.#answers, steps: this.#steps.done };
    return {
      key: this.key,
      rounds: this.#rounds,
      ...done,
      asked: {},
      missed: {},
      byHand: this.#byHand,
      responses: this.#responses,
      own: this.#own,
      progress: this.progress,
    };
  }
}

/** Answers in `inputResponses` say no more of themselves than that they are objects. */
function shape(response: unknown): string | undefined {
  return isObject(response) ? undefined : "it must be an object";
}

function changed(): DefinitionError {
  const why = "a question that was answered is not asked again, and another one is: does it contain the time?";
  return new DefinitionError(`question changed between rounds: ${why} Give it a key, as in elicit(..., { key: "x" })`);
}

function tooMany(): DefinitionError {
  return new DefinitionError(`A call may ask in ${limits.rounds} rounds; ask several things at once`);
}
