import { DefinitionError, InvalidParamsError, ResourceNotFoundError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Params } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
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
import { checkVisible, hinted } from "./cache-hints.ts";
import type { Complete } from "./completion.ts";
import { base64 } from "./content.ts";
import type { Context } from "./context.ts";
import type { Feature, Features, Visible } from "./features.ts";
import { InputRequired } from "./input-required.ts";
import type { Answer } from "./invoke.ts";
import type { ListContext } from "./list-context.ts";
import { pageOf, place } from "./lists.ts";
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
interface Readable extends Feature {
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

const OPTIONS = [
  "name",
  "title",
  "description",
  "mimeType",
  "size",
  "icons",
  "annotations",
  "_meta",
  "visible",
  "cache",
];
const TEMPLATE_OPTIONS = ["list", "complete", "unsafe"];

/** Compiles a resource with a fixed URI, or a template: the text tells which. */
export function compileResource(
  definition: ResourceDefinition<any>,
): { resource: ResourceFeature } | { template: TemplateFeature } {
  const { uri, handler, options } = definition as unknown as ResourceDefinition;
  const where = `resource "${uri}"`;
  if (typeof uri !== "string" || !uri.includes(":")) throw new DefinitionError(`${where} needs a URI with a scheme`);
  if (typeof handler !== "function") throw new DefinitionError(`The handler of ${where} must be a function`);
  const template = uri.includes("{");
  checkOptions(where, options, template ? [...OPTIONS, ...TEMPLATE_OPTIONS] : OPTIONS);
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

/** The resources of a server, fixed and by template. */
export interface Resources {
  readonly resources: Features<ResourceFeature>;
  readonly templates: Features<TemplateFeature>;
}

interface Found extends Omit<Readable, "name"> {
  readonly variables: object;
  readonly uri: string;
  readonly mimeType: string | undefined;
}

/** Answers `resources/read`: a fixed URI first, then the first template that matches and has such a resource. */
export function readResource({ resources, templates }: Resources): Answer<readonly Found[]> {
  return {
    find(params, context) {
      const uri = params["uri"] as string;
      const fixed = resources.find(uri, context);
      if (fixed !== undefined) return [{ ...fixed, uri, variables: {}, mimeType: fixed.definition.mimeType }];
      const found: Found[] = [];
      for (const { feature } of templates.shown(context)) {
        const variables = feature.template.match(uri);
        if (variables !== undefined) {
          const { handler, visible, hint, definition } = feature;
          found.push({ handler, visible, hint, variables, uri, mimeType: definition.mimeType });
        }
      }
      return found;
    },
    async run(found, params, context) {
      for (const one of found) {
        const value = await read(one, context);
        if (value instanceof InputRequired || context.ending) return value;
        if (value !== undefined && value !== null) return hinted(one, toContents(one, value), params);
      }
      throw new ResourceNotFoundError("Resource not found", { uri: params["uri"] });
    },
  };
}

/** A handler that says "not found" by itself need not name the URI. */
async function read({ handler, variables, uri }: Found, context: Context): Promise<unknown> {
  try {
    return await handler(variables as never, context);
  } catch (error) {
    if (!(error instanceof ResourceNotFoundError) || error.data !== undefined) throw error;
    throw new ResourceNotFoundError(error.message, { uri });
  }
}

function toContents({ uri, mimeType }: Found, value: unknown): ReadResourceResult {
  const about = mimeType === undefined ? { uri } : { uri, mimeType };
  if (typeof value === "string") return { contents: [{ ...about, text: value }] };
  if (value instanceof Uint8Array) return { contents: [{ ...about, blob: base64(value) }] };
  if (Array.isArray(value)) return { contents: value as ReadResourceResult["contents"] };
  if (isObject(value) && Array.isArray(value["contents"])) return value as unknown as ReadResourceResult;
  if (isObject(value) && (typeof value["text"] === "string" || typeof value["blob"] === "string")) {
    return { contents: [{ ...about, ...(value as unknown as ReadResourceResult["contents"][number]) }] };
  }
  throw new DefinitionError(`The resource "${uri}" returned ${typeof value}: return text, a Uint8Array or contents`);
}

/** Answers `resources/list`: what is fixed, then what each template lists, one after another. */
export function listResources(
  { resources, templates }: Resources,
  pageSize: number,
  hint: CacheHint | undefined,
): Answer<Params> {
  return {
    find: (params) => params,
    async run(params, _params, context, wire) {
      const cursor = params["cursor"] as string | undefined;
      const listed: object[] = [];
      let next = firstPart(cursor);
      // Pages that a template leaves empty are passed over, but not for ever.
      for (let parts = 0; next !== undefined && parts < limits.pages; parts++) {
        if (listed.length >= pageSize || (listed.length > 0 && next.inner !== undefined)) break;
        next = await part({ resources, templates }, next, context, pageSize, listed);
      }
      const nextCursor = next === undefined ? undefined : writeCursor(next);
      return { resources: listed.map((entry) => wire.entry("resources", entry)), nextCursor, ...hint };
    },
  };
}

/** A place in the joined list: in what is fixed (`template` 0), or in what one template lists. */
interface Place {
  readonly template: number;
  readonly inner: string | undefined;
}

async function part(
  { resources, templates }: Resources,
  at: Place,
  context: Context,
  pageSize: number,
  listed: object[],
): Promise<Place | undefined> {
  if (at.template === 0) {
    const page = pageOf(resources, context, at.inner, pageSize);
    listed.push(...page.entries.map((entry) => entry.feature.definition));
    if (page.next !== undefined) return { template: 0, inner: page.next };
  }
  const lists = templates.shown(context).filter((entry) => entry.feature.list !== undefined);
  const current = at.template === 0 ? undefined : lists.find((entry) => entry.order === at.template);
  if (at.template !== 0 && current === undefined)
    throw new InvalidParamsError("The cursor's template is gone: start again");
  if (current !== undefined) {
    const page = await current.feature.list?.(at.inner, context);
    const { resources: some, nextCursor } = Array.isArray(page) ? { resources: page } : (page as ListResourcesResult);
    listed.push(...some);
    if (nextCursor !== undefined && nextCursor !== null) return { template: at.template, inner: nextCursor };
  }
  const following = lists.find((entry) => entry.order > at.template);
  return following === undefined ? undefined : { template: following.order, inner: undefined };
}

function firstPart(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return { template: 0, inner: undefined };
  const [template = "", ...rest] = cursor.split(":");
  const order = template === "0" ? 0 : place(template);
  return { template: order, inner: rest.length === 0 ? undefined : rest.join(":") };
}

function writeCursor({ template, inner }: Place): string {
  return inner === undefined ? template.toString(36) : `${template.toString(36)}:${inner}`;
}
