import { DefinitionError } from "../errors.ts";
import {
  type Annotations,
  type BlobResourceContents,
  type Icon,
  type ListResourcesResult,
  type MetaObject,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplate,
  type TemplateVariables,
  type TextResourceContents,
  UriTemplate,
} from "../protocol/index.ts";
import { checkVisible } from "./cache-hints.ts";
import type { Complete } from "./completion.ts";
import type { Context } from "./context.ts";
import type { Feature, Visible } from "./features.ts";
import type { InputRequired } from "./input-required.ts";
import type { ListContext } from "./list-context.ts";
import { type CacheHint, checkHint, checkOptions } from "./options.ts";

/** What a resource says of itself; see {@link resource}. */
export interface ResourceOptions<U extends string = string> {
  /** The name in lists. Default: the URI, or the URI template. */
  readonly name?: string;
  /** A name for people. */
  readonly title?: string;
  readonly description?: string;
  /** The type of what is read, also where the handler gives bare text or bytes. */
  readonly mimeType?: string;
  /** The size in bytes, where it is known. */
  readonly size?: number;
  readonly icons?: readonly Icon[];
  readonly annotations?: Annotations;
  readonly _meta?: MetaObject;
  /** Hides the resource from callers for whom it gives false. */
  readonly visible?: Visible;
  /**
   * How long clients may keep what is read (since 2026-07-28). A handler that returns `{ contents, ttlMs, cacheScope }`
   * says it for one read. Default: not at all.
   */
  readonly cache?: CacheHint;
  /** Lists what a template stands for; what lives in a database gives one page per cursor. */
  readonly list?: ListResources;
  /** Completes variables of a template, by their names. */
  readonly complete?: { readonly [K in keyof TemplateVariables<U>]?: Complete };
  /** Variables whose values may lead out of a folder (`..`, absolute paths); all when true. Default: none. */
  readonly unsafe?: boolean | readonly string[];
}

/** Gives one page of the resources behind a template. `cursor` is undefined for the first. */
export type ListResources = (cursor: string | undefined, context: ListContext) => ResourcePage | Promise<ResourcePage>;

/** Resources, and the cursor of the next page where there is one. */
export type ResourcePage = readonly Resource[] | Pick<ListResourcesResult, "resources" | "nextCursor">;

/** What a handler gives: text, bytes, one or several contents; `undefined` says that there is no such resource. */
export type ResourceReturn =
  | string
  | Uint8Array
  | Partial<TextResourceContents>
  | Partial<BlobResourceContents>
  | readonly (TextResourceContents | BlobResourceContents)[]
  | ReadResourceResult
  | InputRequired
  | undefined;

/** Reads a resource. The variables are those of the template, typed by its text; a fixed URI has none. */
export type ResourceHandler<U extends string> = (
  variables: TemplateVariables<U>,
  context: Context,
) => ResourceReturn | Promise<ResourceReturn>;

/** A resource that is defined and not yet part of a server; give it to `server.add`. */
export interface ResourceDefinition<U extends string = string> {
  readonly kind: "resource";
  readonly uri: U;
  readonly handler: ResourceHandler<U>;
  readonly options: ResourceOptions<U>;
}

/**
 * Defines a resource, or with a URI template a family of them, away from its server.
 *
 * @example
 * ```ts
 * export const note = resource("note://{id}", ({ id }) => notes.get(id), { title: "Notes", mimeType: "text/markdown" });
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
 */
export function resource<const U extends string>(
  uri: U,
  handler: ResourceHandler<U>,
  options: ResourceOptions<U> = {},
): ResourceDefinition<U> {
  return { kind: "resource", uri, handler, options };
}

/** What a server reads: a resource with a fixed URI, or those of a template. */
export interface Readable extends Feature {
  readonly handler: (variables: never, context: Context) => unknown;
  readonly hint: CacheHint | undefined;
}

/** A resource with a fixed URI as a server keeps it. */
export interface ResourceFeature extends Readable {
  readonly definition: Resource;
}

/** A template as a server keeps it. */
export interface TemplateFeature extends Readable {
  readonly definition: ResourceTemplate;
  readonly template: UriTemplate;
  readonly list: ListResources | undefined;
  readonly complete: ReadonlyMap<string, Complete>;
}

const OPTIONS = "name title description mimeType size icons annotations _meta visible cache";
const TEMPLATE_OPTIONS = `${OPTIONS} list complete unsafe`;

/** Compiles a resource with a fixed URI, or a template: the text tells which. */
export function compileResource(
  definition: ResourceDefinition<any>,
): { resource: ResourceFeature } | { template: TemplateFeature } {
  const { uri, handler, options } = definition as unknown as ResourceDefinition;
  const where = `resource "${uri}"`;
  if (typeof uri !== "string" || !uri.includes(":")) throw new DefinitionError(`${where} needs a URI with a scheme`);
  if (typeof handler !== "function") throw new DefinitionError(`The handler of ${where} must be a function`);
  const template = uri.includes("{");
  checkOptions(where, options, (template ? TEMPLATE_OPTIONS : OPTIONS).split(" "));
  const { visible, cache: hint, list, complete = {}, unsafe, ...said } = options;
  if (hint !== undefined) checkHint(`the cache of ${where}`, hint);
  const readable: Readable = { name: uri, handler, visible, hint };
  checkVisible(`What is read of ${where}`, hint, readable);
  if (!template) return { resource: { ...readable, definition: { uri, name: uri, ...said } } };
  const parsed = new UriTemplate(uri, { match: true, unsafe });
  for (const name of Object.keys(complete)) {
    if (!parsed.variables.includes(name))
      throw new DefinitionError(`${where} completes "${name}", which it does not have`);
  }
  const { size: _, ...described } = said;
  return {
    template: {
      ...readable,
      definition: { uriTemplate: uri, name: uri, ...described },
      template: parsed,
      list,
      complete: new Map(Object.entries(complete) as [string, Complete][]),
    },
  };
}
