export { InvalidParamsError, ProtocolError, ResourceNotFoundError, ToolError } from "../errors.ts";
export {
  type JsonSchema,
  jsonSchema,
  type Schema,
  type StandardSchema,
  type TypedJsonSchema,
} from "../schema/index.ts";
export type { Answers, AskOptions, ElicitAnswer, Question, Questions, UrlOptions } from "./ask.ts";
export type { ChangesOptions, ChangingList, FilterKey } from "./changes.ts";
export type { Complete, Completions } from "./completion.ts";
export { audio, type BlockOptions, embedded, image, resourceLink, text } from "./content.ts";
export type { ClaimedTool, ToolClaim, ToolOptionClaim, ToolWork } from "./claims.ts";
export type { ClientFacts } from "./client-facts.ts";
export type { Context } from "./context.ts";
export type { ListContext } from "./list-context.ts";
export type { Conversations, Eras } from "./dual.ts";
export type { Remembered } from "./remembered.ts";
export type { ExtensionHost, ServerExtension } from "./server-extension.ts";
export { Features, type Visible } from "./features.ts";
export type { Form, FormSchema } from "./form.ts";
export { InputRequired, type InputRequiredParts, inputRequired } from "./input-required.ts";
export type { Legacy, LegacyState } from "./legacy.ts";
export type { Known } from "./answers.ts";
export type { Modern } from "./modern.ts";
export type { Answer } from "./invoke.ts";
export { describe } from "./issues.ts";
export { type CacheHint, type CacheHints, checkOptions, type Logger, type ServerOptions } from "./options.ts";
export {
  type PromptDefinition,
  type PromptHandler,
  type PromptInput,
  type PromptOptions,
  type PromptReturn,
  prompt,
} from "./prompts.ts";
export {
  type ListResources,
  type ResourceDefinition,
  type ResourceHandler,
  type ResourceOptions,
  type ResourcePage,
  type ResourceReturn,
  resource,
} from "./resources.ts";
export { result, ToolResult, type ToolResultParts } from "./result.ts";
export { type Connectable, type ServeOptions, type Serving, serve } from "./serve.ts";
export type { StateKey } from "./sealing.ts";
export { type Decorated, type Definition, definitionsOf, type WithTool, type WithTools } from "./definitions.ts";
export { Server } from "./server.ts";
export { contextOf } from "./under-way.ts";
export type * from "./tool-options.ts";
export {
  type ToolContent,
  type ToolDefinition,
  type ToolHandler,
  type ToolInput,
  type ToolOptions,
  tool,
} from "./tools.ts";
