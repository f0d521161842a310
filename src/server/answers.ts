import { limits } from "../limits.ts";
import type { Revision, ServerCapabilities } from "../protocol/index.ts";
import type { Changes } from "./changes.ts";
import type { Features } from "./features.ts";
import type { Answer } from "./invoke.ts";
import { listAnswer } from "./lists.ts";
import type { CacheHints, ServerOptions } from "./options.ts";
import type { PromptFeature } from "./prompts.ts";
import type { ResourceFeature, TemplateFeature } from "./resources.ts";
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

/** Loads how a method is answered, for those that many servers never answer. */
export type LateAnswer = () => Promise<Answer<any>>;

/** How a server answers, method by method. What belongs to the handshake of older revisions stands with them. */
export function answersOf(server: Registry): Map<string, Answer<any> | LateAnswer> {
  const { tools, templates, prompts } = server;
  const { pageSize = limits.pageSize } = server.options;
  // Without the members that are there and undefined, which would take the place of defaults.
  const cache = JSON.parse(JSON.stringify(server.options.cache ?? {})) as CacheHints;
  const further = (): Promise<typeof import("./further-answers.ts")> => import("./further-answers.ts");
  return new Map<string, Answer<any> | LateAnswer>([
    [
      "server/discover",
      {
        find: () => undefined,
        run: (_about, _params, _context, { revision }) => ({ ...discover(server, revision), ...cache.discover }),
      },
    ],
    ["tools/list", listAnswer("tools/list", "tools", tools, pageSize, cache.tools)],
    ["tools/call", callTool(tools)],
    ["resources/list", async () => (await further()).listResources(server, pageSize, cache.resources)],
    [
      "resources/templates/list",
      listAnswer("resources/templates/list", "resourceTemplates", templates, pageSize, cache.resourceTemplates),
    ],
    ["resources/read", async () => (await further()).readResource(server)],
    ["prompts/list", listAnswer("prompts/list", "prompts", prompts, pageSize, cache.prompts)],
    ["prompts/get", async () => (await further()).getPrompt(prompts)],
    ["completion/complete", async () => (await further()).complete(server)],
    ["subscriptions/listen", async () => (await import("./listening.ts")).listen(server)],
  ]);
}

function discover(server: Registry, revision: Revision): object {
  const { instructions } = server.options;
  const about = instructions === undefined ? {} : { instructions };
  return { supportedVersions: server.revisions, capabilities: server.capabilities(revision), ...about };
}
