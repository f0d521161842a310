import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";
import {
  type Context,
  type Definition,
  prompt as definePrompt,
  resource as defineResource,
  tool as defineTool,
  type PromptHandler,
  type PromptOptions,
  type ResourceHandler,
  type ResourceOptions,
  type Schema,
  type ToolHandler,
  type ToolOptions,
} from "../server/index.ts";
import { remember } from "./definitions.ts";

/**
 * A decorator of a public method of instances that does the work of a handler. The compiler refuses a method whose
 * parameters or result are not those of the handler, and a static or private one.
 */
export type MethodDecorator<Handler extends (...args: never) => unknown> = <This extends object>(
  method: (this: This, ...args: Parameters<Handler>) => ReturnType<Handler>,
  context: ClassMethodDecoratorContext<This> & { readonly static: false; readonly private: false },
) => void;

/** What a decorated tool says of itself. */
export interface ToolDecoratorOptions<
  I extends Schema | undefined = undefined,
  O extends Schema | undefined = undefined,
> extends ToolOptions<I, O> {
  /** Default: the name of the method. */
  readonly name?: string;
}

/** What a decorated prompt says of itself. */
export interface PromptDecoratorOptions<I extends Schema | undefined = undefined> extends PromptOptions<I> {
  /** Default: the name of the method. */
  readonly name?: string;
}

/**
 * Makes a method a tool. It gets what the handler of a tool gets, the arguments and the context, with its instance as
 * `this`, and so do `visible` functions that are no arrow functions.
 *
 * @example
 * ```ts
 * const Sum = z.object({ a: z.number(), b: z.number() });
 *
 * class Calculator {
 *   @tool({ description: "Adds two numbers", input: Sum })
 *   add({ a, b }: z.infer<typeof Sum>) {
 *     return `${a + b}`;
 *   }
 * }
 * server.add(new Calculator());
 * ```
 * @throws DefinitionError when it stands on anything but a public method of instances, or is compiled by the rules of
 * `experimentalDecorators`.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools
 */
export function tool<I extends Schema | undefined = undefined, O extends Schema | undefined = undefined>(
  options: ToolDecoratorOptions<I, O> = {},
): MethodDecorator<ToolHandler<I, O>> {
  return decorator("@tool", options, defineTool<string, any, any>);
}

/**
 * Makes a method a prompt. It gets what the handler of a prompt gets, with its instance as `this`, and so do the
 * functions of `complete` and `visible` that are no arrow functions.
 *
 * @throws DefinitionError as {@link tool} does.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
 */
export function prompt<I extends Schema | undefined = undefined>(
  options: PromptDecoratorOptions<I> = {},
): MethodDecorator<PromptHandler<I>> {
  return decorator("@prompt", options, definePrompt<any>);
}

/**
 * Makes a method a resource, or with a URI template a family of them. It gets what the handler of a resource gets, the
 * variables and the context, with its instance as `this`, and so do the functions of `list`, `complete` and `visible`
 * that are no arrow functions. `name` is the method's where it is not given.
 *
 * @example
 * ```ts
 * @resource("note://{id}", { list(this: Notes) { return this.all(); } })
 * note({ id }: { id: string }) {
 *   return this.#notes.get(id);
 * }
 * ```
 * @throws DefinitionError as {@link tool} does.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
 */
export function resource<const U extends string>(
  uri: U,
  options: ResourceOptions<U> = {},
): MethodDecorator<ResourceHandler<U>> {
  if (typeof uri !== "string") throw notCalled("@resource", '"note://{id}"');
  return decorator("@resource", options, (name, said, handler) => defineResource<any>(uri, handler, { name, ...said }));
}

type Handler = (input: any, context: Context) => any;
type Options = Readonly<Record<string, unknown>>;
type Place = Pick<DecoratorContext, "kind" | "name" | "metadata"> & {
  readonly static?: boolean;
  readonly private?: boolean;
};

/** Remembers what `define` makes of the name of a method, its options and the method itself. */
function decorator<H extends (...args: never) => unknown>(
  spelling: string,
  options: object,
  define: (name: string, options: Options, handler: Handler) => Definition,
): MethodDecorator<H> {
  if (!isObject(options)) throw notCalled(spelling, "{ ... }");
  return (_method, context) => {
    const metadata = metadataOf(spelling, context);
    const key = context.name;
    const { name = key, ...said }: Options = options;
    if (typeof name !== "string") {
      const fix = 'give it the option "name", a string';
      throw new DefinitionError(`${spelling} on "${String(key)}" has no name that can be sent: ${fix}`);
    }
    remember(metadata, key, (instance) => {
      const methods = instance as any;
      return define(name, bound(instance, said), (input, handed) => methods[key](input, handed));
    });
  };
}

function notCalled(spelling: string, argument: string): DefinitionError {
  return new DefinitionError(`${spelling} must be called: write ${spelling}(${argument})`);
}

/** The metadata of the class, where the place is right: what the compiler refuses comes here from unchecked programs. */
function metadataOf(spelling: string, context: Place): object {
  if (typeof context !== "object") {
    throw new DefinitionError(`${spelling} is a standard decorator: switch "experimentalDecorators" off`);
  }
  const { kind, name, metadata } = context;
  if (kind !== "method" || context.static || context.private) {
    const place = `${context.static ? "static " : ""}${kind} "${String(name)}"`;
    throw new DefinitionError(`${spelling} stands on the ${place}: put it on a public method of instances`);
  }
  if (metadata === undefined) {
    const fix = "use TypeScript 5.2 or later, or a recent esbuild";
    throw new DefinitionError(`The compiler of "${String(name)}" gives ${spelling} no metadata: ${fix}`);
  }
  return metadata;
}

/** Options of which the functions see the instance. A schema stays as it is: some libraries make them functions. */
function bound(instance: object, options: Options): Options {
  const bind = (value: unknown): unknown => {
    if (typeof value === "function") return value.bind(instance);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bind(inner)]));
  };
  const made: Record<string, unknown> = { ...options };
  for (const name of ["visible", "list", "complete"]) if (name in made) made[name] = bind(made[name]);
  return made;
}
