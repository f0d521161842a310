import { DefinitionError, InvalidParamsError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { GetPromptResult, PromptMessage } from "../protocol/index.ts";
import type { Validated } from "../schema/index.ts";
import type { Context } from "./context.ts";
import type { Features } from "./features.ts";
import type { InputRequired } from "./input-required.ts";
import type { Answer } from "./invoke.ts";
import type { PromptFeature, PromptReturn } from "./prompts.ts";

/** Answers `prompts/get`. */
export function getPrompt(prompts: Features<PromptFeature>): Answer<PromptFeature> {
  return {
    find(params, context) {
      const name = params["name"] as string;
      const found = prompts.find(name, context);
      if (found === undefined) throw new InvalidParamsError(`Unknown prompt: ${name}`);
      return found;
    },
    run(found, params, context) {
      const given = params["arguments"] ?? {};
      if (found.input === undefined) return found.handler(given as never, context);
      const checked = found.input.validate(given);
      return checked instanceof Promise
        ? checked.then((outcome) => start(found, outcome, context))
        : start(found, checked, context);
    },
    result: toResult,
  };
}

function start(found: PromptFeature, checked: Validated, context: Context): unknown {
  if (checked.issues === undefined) return found.handler(checked.value as never, context);
  const [issue] = checked.issues;
  const message = `Invalid arguments for the prompt "${found.name}": ${issue?.pointer} ${issue?.message}`;
  throw new InvalidParamsError(message, { issues: checked.issues });
}

function toResult(found: PromptFeature, value: Exclude<PromptReturn, InputRequired>): GetPromptResult {
  const { description } = found.definition;
  const about = description === undefined ? {} : { description };
  if (typeof value === "string") {
    return { ...about, messages: [{ role: "user", content: { type: "text", text: value } }] };
  }
  if (Array.isArray(value)) return { ...about, messages: value as PromptMessage[] };
  if (isObject(value) && Array.isArray(value["messages"]))
    return { ...about, ...(value as unknown as GetPromptResult) };
  if (isObject(value) && isObject(value["content"])) return { ...about, messages: [value as unknown as PromptMessage] };
  throw new DefinitionError(`The prompt "${found.name}" returned ${typeof value}: return a string or messages`);
}
