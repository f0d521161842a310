import type { InferInput, InferOutput, Schema } from "../schema/index.ts";

/** What is known of a tool at compile time. */
export interface ToolType {
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
}

/**
 * The tools of a server whose type is not known. It is `any`, so that a function which takes a `Client` takes a typed
 * one, too.
 */
export type AnyTools = any;

/** The tools of a server, by its type: `ToolsOf<typeof server>`. */
export type ToolsOf<S> = S extends { readonly types?: infer T }
  ? T extends Record<string, ToolType>
    ? T
    : AnyTools
  : AnyTools;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The arguments of a tool. */
export type ToolArguments<T extends ToolType> =
  IsAny<T> extends true
    ? Readonly<Record<string, unknown>>
    : T["input"] extends Schema
      ? InferInput<T["input"]>
      : Readonly<Record<string, never>>;

/** What `client.call` gives for a tool: its structured content, or its text. */
export type ToolOutput<T extends ToolType> =
  IsAny<T> extends true ? unknown : T["output"] extends Schema ? InferOutput<T["output"]> : string;
