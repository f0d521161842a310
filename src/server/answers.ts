import { limits } from "../limits.ts";
import type { Revision, ServerCapabilities } from "../protocol/index.ts";
import { type Changes, listen } from "./changes.ts";
import { complete } from "./completion.ts";
import type { Features } from "./features.ts";
import type { Answer } from "./invoke.ts";
import { listAnswer } from "./lists.ts";
import type { CacheHints, ServerOptions } from "./options.ts";
import { getPrompt, type PromptFeature } from "./prompts.ts";
import { listResources, type ResourceFeature, readResource, type TemplateFeature } from "./resources.ts";
import { callTool, type ToolFeature } from "./tools.ts";

/** What a server is made of. */
export interface Registry {
  readonly options: ServerOptions;
  readonly revisions: readonly Revision[];
  readonly tools: Features<ToolFeature>;
  readonly resources: Features<ResourceFeature>;
  readonly templates: Features<TemplateFeature>;
  readonly prompts: Features<PromptFeature>;
  readonly changes: Changes;
  capabilities(revision?: Revision): ServerCapabilities;
}

/** How a server answers, method by method. What belongs to the handshake of older revisions stands with them. */
export function answersOf(server: Registry): ReadonlyMap<string, Answer> {
  const { tools, templates, prompts } = server;
  const { pageSize = limits.pageSize } = server.options;
  // Without the members that are there and undefined, which would take the place of defaults.
  const cache = JSON.parse(JSON.stringify(server.options.cache ?? {})) as CacheHints;
  return new Map<string, Answer>([
    [
      "server/discover",
      {
        find: () => undefined,
        run: (_about, _params, _context, { revision }) => ({ ...discover(server, revision), ...cache.discover }),
      },
    ],
    ["tools/list", listAnswer("tools/list", "tools", tools, pageSize, cache.tools)],
    ["tools/call", callTool(tools)],
    ["resources/list", listResources(server, pageSize, cache.resources)],
    [
      "resources/templates/list",
      listAnswer("resources/templates/list", "resourceTemplates", templates, pageSize, cache.resourceTemplates),
    ],
    ["resources/read", readResource(server)],
    ["prompts/list", listAnswer("prompts/list", "prompts", prompts, pageSize, cache.prompts)],
    ["prompts/get", getPrompt(prompts)],
    ["completion/complete", complete(server)],
    ["subscriptions/listen", listen(server.changes, () => server.capabilities())],
  ]);
}

function discover(server: Registry, revision: Revision): object {
  const { instructions } = server.options;
  const about = instructions === undefined ? {} : { instructions };
  return { supportedVersions: server.revisions, capabilities: server.capabilities(revision), ...about };
}
