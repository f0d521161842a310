import { DefinitionError, InvalidParamsError, ResourceNotFoundError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Params } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { ListResourcesResult, ReadResourceResult } from "../protocol/index.ts";
import { hinted } from "./cache-hints.ts";
import { base64 } from "./content.ts";
import type { Context } from "./context.ts";
import type { Features } from "./features.ts";
import { InputRequired } from "./input-required.ts";
import type { Answer } from "./invoke.ts";
import { pageOf, place } from "./lists.ts";
import type { CacheHint } from "./options.ts";
import type { Readable, ResourceFeature, TemplateFeature } from "./resources.ts";

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
