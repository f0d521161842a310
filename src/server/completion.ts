import { InvalidParamsError } from "../errors.ts";
import { isObject } from "../json.ts";

import { limits } from "../limits.ts";
import type { CompleteRequestParams, CompleteResult, UriTemplate } from "../protocol/index.ts";
import type { ListContext } from "./list-context.ts";
import type { Feature, Features } from "./features.ts";
import type { Answer } from "./invoke.ts";

/**
 * Gives suggestions for what was typed of one argument. `others` has the arguments that are filled in already.
 *
 * More than 100 values are cut, with `hasMore` set, as the protocol wants.
 */
export type Complete = (
  value: string,
  context: ListContext,
  others: Readonly<Record<string, string>>,
) => Completions | Promise<Completions>;

/** Suggestions, and how many there are where these are not all. */
export type Completions = readonly string[] | Counted;

interface Counted {
  readonly values: readonly string[];
  readonly total?: number;
  readonly hasMore?: boolean;
}

/** A feature with arguments that can be completed. */
export interface Completable extends Feature {
  readonly complete: ReadonlyMap<string, Complete>;
}

/** What can be completed on a server, and what cannot although it has the look of it. */
export interface Completables {
  readonly prompts: Features<Completable>;
  readonly templates: Features<Completable & { readonly template: UriTemplate }>;
  readonly resources: Features<Feature>;
}

/**
 * Answers `completion/complete`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
 */
export function complete({ prompts, resources, templates }: Completables): Answer {
  return {
    find(params, context) {
      const { ref, argument } = params as unknown as CompleteRequestParams;
      if (ref.type === "ref/prompt") {
        const prompt = prompts.find(ref.name, context);
        if (prompt === undefined) throw new InvalidParamsError(`Unknown prompt: ${ref.name}`);
        return prompt.complete.get(argument.name);
      }
      const template =
        templates.find(ref.uri, context) ??
        templates.shown(context).find(({ feature }) => feature.template.match(ref.uri) !== undefined)?.feature;
      if (template === undefined && resources.find(ref.uri, context) === undefined) {
        throw new InvalidParamsError(`Unknown resource or template: ${ref.uri}`);
      }
      return template?.complete.get(argument.name);
    },
    run(found, params, context) {
      const { argument, context: filled } = params as unknown as CompleteRequestParams;
      const others = isObject(filled?.arguments) ? filled.arguments : {};
      return found === undefined ? [] : (found as Complete)(argument.value, context, others);
    },
    result: (_found, value: Completions) => toResult(value),
  };
}

function toResult(given: Completions): CompleteResult {
  const { values, total, hasMore = false }: Counted = isList(given) ? { values: given } : given;
  const cut = values.length > limits.completionValues;
  return {
    completion: {
      values: values.slice(0, limits.completionValues),
      total: total ?? (hasMore ? undefined : values.length),
      hasMore: cut || hasMore,
    },
  };
}

function isList(given: Completions): given is readonly string[] {
  return Array.isArray(given);
}
