export {
  type MethodDecorator,
  prompt,
  type PromptDecoratorOptions,
  resource,
  tool,
  type ToolDecoratorOptions,
} from "./decorators.ts";
export { definitions, withPrefix } from "./definitions.ts";
