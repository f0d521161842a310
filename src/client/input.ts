import { LocalError } from "../errors.ts";
import { after, onAbort, type OpenCall, type Params } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { InputRequest, InputRequiredResult, Revision } from "../protocol/index.ts";
import { inputRequiredResult } from "../protocol/methods/index.ts";
import { type Answerer, answerTo } from "./question.ts";

/** Pauses before a request is sent again to a server that asked nothing, in milliseconds: each is twice the one before. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [100, 5000];

/**
 * The rounds of one call whose server asks back: gathers what each next round holds beside the parameters of the call.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export class Rounds {
  readonly #method: string;
  readonly #mayAsk: boolean;
  readonly #version: Revision;
  readonly #call: OpenCall;
  readonly #answerer: Answerer;
  #count = 0;
  #pause = FIRST_PAUSE;

  constructor(method: string, mayAsk: boolean, version: Revision, call: OpenCall, answerer: Answerer) {
    this.#method = method;
    this.#version = version;
    this.#mayAsk = mayAsk;
    this.#call = call;
    this.#answerer = answerer;
  }

  /** Reads a result that asks back. @throws LocalError for one that may not, or not so. */
  read(result: unknown): InputRequiredResult {
    const problem = this.#mayAsk ? inputRequiredResult(result) : "result.resultType must not be input_required";
    if (problem === undefined) return result as InputRequiredResult;
    throw new LocalError("invalid_response", `The answer to ${this.#method} is invalid: ${problem}`);
  }

  /** What the next round holds. Rejects when the call is aborted meanwhile, or a question stays without an answer. */
  next(asked: InputRequiredResult): Promise<Params> {
    return new Promise((resolve, reject) => {
      const unlisten = onAbort(this.#call, (reason) =>
        reject(reason instanceof LocalError ? reason : new LocalError("aborted", "Aborted", { cause: reason })),
      );
      if (this.#call.aborted) return;
      // One question without an answer is the end of the call: whoever answers the others can stop.
      this.#gather(asked).then(
        (input) => {
          unlisten();
          resolve(input);
        },
        (error) => this.#call.abort(error),
      );
    });
  }

  async #gather({ inputRequests, requestState }: InputRequiredResult): Promise<Params> {
    const state = requestState === undefined ? {} : { requestState };
    const questions = Object.entries(inputRequests ?? {});
    if (++this.#count > limits.rounds) throw this.#above("rounds", "asked back", this.#count);
    if (questions.length > limits.questions) throw this.#above("questions", "asked at once", questions.length);
    if (questions.length === 0) {
      await this.#back();
      return state;
    }
    this.#pause = FIRST_PAUSE;
    const answers = await Promise.all(questions.map(([key, question]) => this.#answer(key, question)));
    return { inputResponses: Object.fromEntries(answers), ...state };
  }

  /** Comes back later, as a server under load wishes. */
  #back(): Promise<void> {
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, LONGEST_PAUSE);
    return new Promise((resolve) => {
      const stop = after(pause, () => {
        unlisten();
        resolve();
      });
      const unlisten = onAbort(this.#call, stop);
    });
  }

  #above(limit: "rounds" | "questions", did: string, times: number): LocalError {
    return new LocalError("limit", `${this.#method} ${did} ${times} times; the limit is ${limits[limit]}`, {
      data: { limit },
    });
  }

  async #answer(key: string, { method, params = {} }: InputRequest): Promise<readonly [string, unknown]> {
    try {
      return [key, await answerTo(this.#answerer, this.#version, method, params as Params, this.#call.signal)];
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `The question "${key}" of ${this.#method} (${method}) got no answer: ${why}`;
      throw new LocalError("unanswered", message, { cause, data: { key, method } });
    }
  }
}
