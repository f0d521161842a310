import type { Binding, Request } from "../jsonrpc/index.ts";

/** @internal What a call remembers from one round to the next. It is plain JSON. */
export interface Remembered {
  /** The idempotency key of the call. */
  readonly key: string;
  /** How many rounds ended with a question. */
  readonly rounds: number;
  /** Answers by the key of their question. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** What was asked last: the method by the key of the question. */
  readonly asked: Readonly<Record<string, string>>;
  /** Whether that was asked by a result, so that the answers are the handler's to take. */
  readonly byHand?: boolean;
  /** The answers to what the handler asked by its result. */
  readonly responses?: Readonly<Record<string, unknown>> | undefined;
  /** In how many rounds running an answered question was not asked again, by its key. */
  readonly missed: Readonly<Record<string, number>>;
  /** What finished steps gave, by their name; in a list, which is empty for steps that gave nothing. */
  readonly steps: Readonly<Record<string, readonly unknown[]>>;
  /** The last progress that was told. */
  readonly progress?: number | undefined;
  /** What the handler itself wants to remember. */
  readonly own?: unknown;
}

/** The request that a call began with, as it came: middleware may hand on another one. */
export interface Origin {
  readonly request: Request;
  readonly binding: Binding | undefined;
}

/** What JSON makes of a value, for one more owner: neither sees what the other does to it. */
export function copied(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : JSON.parse(text);
}

/** Sets a member, whatever its name is. */
export function put(record: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(record, name, { value, configurable: true, enumerable: true, writable: true });
}
