import type { PromptDefinition } from "./prompts.ts";
import type { ResourceDefinition } from "./resources.ts";
import type { ToolDefinition } from "./tools.ts";

// Handlers take what their own schema gives, so that no common type of them is left to name.
/** What can be added to a server. */
export type Definition = ToolDefinition<string, any, any> | ResourceDefinition<any> | PromptDefinition<any>;

/**
 * Where the metadata of a class has the function that makes definitions of an instance. `mcplex/decorators` puts it
 * there, and `server.add` looks for it.
 */
export const definitionsOf: unique symbol = Symbol.for("mcplex.definitions");

/** An instance of a class with decorated methods. The type keeps out the class itself, a list and a promise. */
export type Decorated = object & {
  readonly prototype?: never;
  readonly [Symbol.iterator]?: never;
  readonly then?: never;
};

/** What the type of a server knows of one tool. */
export interface WithTool<N extends string, I, O> {
  /** Never set; it carries the types of the tools to a client. */
  readonly types?: { readonly [name in N]: { readonly input: I; readonly output: O } };
}

/** What the type of a server knows of the tools among definitions; decorators leave no trace in the type of a class. */
export interface WithTools<D extends readonly (Definition | Decorated)[]> {
  /** Never set; it carries the types of the tools to a client. */
  readonly types?: [Exclude<D[number], Definition>] extends [never] ? ToolTypes<D[number]> : any;
}

type ToolTypes<D> = {
  readonly [T in D as T extends ToolDefinition<infer N, any, any> ? N : never]: T extends ToolDefinition<
    string,
    infer I,
    infer O
  >
    ? { readonly input: I; readonly output: O }
    : never;
};
