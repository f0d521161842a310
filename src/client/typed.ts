import type { InferInput, InferOutput, Schema } from "../schema/index.ts";

/** What is known of a tool at compile time. */
export interface ToolType {
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
}

/** The tools of a server whose type is not known. */
export type AnyTools = Record<string, { readonly input: never; readonly output: never }>;

/** The tools of a server, by its type: `ToolsOf<typeof server>`. */
export type ToolsOf<S> = S extends { readonly types?: infer T }
  ? T extends Record<string, ToolType>
    ? T
    : AnyTools
  : AnyTools;

/** The arguments of a tool. */
export type ToolArguments<T extends ToolType> = [T["input"]] extends [never]
  ? Readonly<Record<string, unknown>>
  : T["input"] extends Schema
    ? InferInput<T["input"]>
    : Readonly<Record<string, never>>;

/** What `client.call` gives for a tool: its structured content, or its text. */
export type ToolOutput<T extends ToolType> = [T["output"]] extends [never]
  ? unknown
  : T["output"] extends Schema
    ? InferOutput<T["output"]>
    : string;
