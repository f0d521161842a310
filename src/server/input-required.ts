import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { InputRequests } from "../protocol/index.ts";

/** What {@link inputRequired} takes; at least one of the two. */
export interface InputRequiredParts {
  /** Questions to the client, each under a key; the answers come under the same keys. */
  readonly inputRequests?: InputRequests;
  /**
   * What the handler wants to know in the next round; any JSON. The client gets it sealed: it can neither read nor
   * change it.
   */
  readonly requestState?: unknown;
}

/** The result of a handler that needs answers first, made by {@link inputRequired}. */
export class InputRequired {
  /** @internal */
  readonly parts: InputRequiredParts;

  /** @internal */
  constructor(parts: InputRequiredParts) {
    this.parts = parts;
  }
}

/**
 * Says that a handler needs answers before it can give its result. It then runs again from the top, with the answers in
 * `context.inputResponses` and what it wanted to remember in `context.requestState`. In tools, prompts and resources, in
 * every revision. Most handlers are simpler with `context.elicit` and its siblings.
 *
 * @throws DefinitionError when there is neither a question nor something to remember.
 * @example
 * ```ts
 * const answer = context.inputResponses?.["name"];
 * if (answer === undefined) return inputRequired({ inputRequests: { name: question }, requestState: { asked: 1 } });
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export function inputRequired(parts: InputRequiredParts): InputRequired {
  const { inputRequests, requestState } = parts;
  if (inputRequests === undefined && requestState === undefined) {
    throw new DefinitionError(
      "inputRequired needs inputRequests or requestState: else the client has nothing to answer",
    );
  }
  if (inputRequests !== undefined && !isObject(inputRequests)) {
    throw new DefinitionError("inputRequests must be an object of questions, each under a key");
  }
  return new InputRequired(parts);
}
