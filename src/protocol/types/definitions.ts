import type { Annotations, BaseMetadata, Icons, MetaObject } from "./base.ts";

/**
 * A tool, as a list shows it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool
 */
export interface Tool extends BaseMetadata, Icons {
  /** What the tool does, for the model. */
  description?: string;
  /**
   * The JSON Schema of the arguments, 2020-12 unless `$schema` says otherwise. Arguments are always an object, and so
   * the root says `type: "object"`. `x-mcp-header` in a property sends its value as an HTTP header too (since
   * 2026-07-28).
   */
  inputSchema: { $schema?: string; type: "object"; [keyword: string]: unknown };
  /**
   * The JSON Schema of `structuredContent`. Of objects alone up to 2025-11-25, of any value since.
   *
   * Since 2025-06-18.
   */
  outputSchema?: { $schema?: string; [keyword: string]: unknown };
  /** Hints on what a call does. Since 2025-03-26. */
  annotations?: ToolAnnotations;
  /** How the tool may be run. In 2025-11-25 alone. */
  execution?: ToolExecution;
  /** Facts beside the tool. Since 2025-06-18. */
  _meta?: MetaObject;
}

/**
 * Hints on what a call of a tool does. They come from the server and prove nothing: a client that does not trust the
 * server does not decide by them.
 *
 * Since 2025-03-26.
 */
export interface ToolAnnotations {
  /** A name for people; `Tool.title` goes before it. */
  title?: string;
  /** It changes nothing. False when absent. */
  readOnlyHint?: boolean;
  /** It may delete or overwrite, and not only add. True when absent; says nothing of a tool that only reads. */
  destructiveHint?: boolean;
  /** A second call with the same arguments changes nothing more. False when absent. */
  idempotentHint?: boolean;
  /** It reaches beyond a closed set of things, as a web search does and a notebook does not. True when absent. */
  openWorldHint?: boolean;
}

/** How a tool may be run. In 2025-11-25 alone. */
export interface ToolExecution {
  /** Whether a call can, or must, be run as a task. `"forbidden"` when absent. */
  taskSupport?: "forbidden" | "optional" | "required";
}

/**
 * A resource that a server can read.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource
 */
export interface Resource extends BaseMetadata, Icons {
  /** Where it is. */
  uri: string;
  /** What it is, for the model. */
  description?: string;
  /** Its media type, where known. */
  mimeType?: string;
  /** Its size in bytes, before base64. */
  size?: number;
  /** Hints on its use. */
  annotations?: Annotations;
  /** Facts beside the resource. Since 2025-06-18. */
  _meta?: MetaObject;
}

/**
 * A family of resources, named by one URI template.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates
 */
export interface ResourceTemplate extends BaseMetadata, Icons {
  /** The template, as in RFC 6570. */
  uriTemplate: string;
  /** What its resources are, for the model. */
  description?: string;
  /** The media type that all of them share. */
  mimeType?: string;
  /** Hints on their use. */
  annotations?: Annotations;
  /** Facts beside the template. Since 2025-06-18. */
  _meta?: MetaObject;
}

/**
 * A prompt that a server can fill in.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt
 */
export interface Prompt extends BaseMetadata, Icons {
  /** What it is for. */
  description?: string;
  /** What it takes. */
  arguments?: readonly PromptArgument[];
  /** Facts beside the prompt. Since 2025-06-18. */
  _meta?: MetaObject;
}

/** One argument of a prompt; its value is a string. */
export interface PromptArgument extends BaseMetadata {
  /** What it means. */
  description?: string;
  /** It must be given. False when absent. */
  required?: boolean;
}
