import { limits } from "../limits.ts";
import type { Method, Revision, ServerCapabilities } from "../protocol/index.ts";
import { callTool } from "./calling.ts";
import type { Changes } from "./changes.ts";
import type { Features } from "./features.ts";
import type * as answers from "./further-answers.ts";
import type { Answer } from "./invoke.ts";
import { listen } from "./listening.ts";
import { listAnswer } from "./lists.ts";
import type { CacheHints, ServerOptions } from "./options.ts";
import type { PromptFeature } from "./prompts.ts";
import type { ResourceFeature, TemplateFeature } from "./resources.ts";
import type { ToolFeature } from "./tools.ts";

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

/** How a method is answered that many servers never answer: loaded with the first request. */
export type LateAnswer = () => Answer<any> | Promise<Answer<any>>;

/** A method of one revision, and how the server answers it: not at all, where a conversation answers by itself. */
export interface Known {
  readonly method: Method;
  answer: Answer | LateAnswer | undefined;
}

let further: typeof answers | undefined;

function late(make: (loaded: typeof answers) => Answer<any>): LateAnswer {
  return () => {
    if (further !== undefined) return make(further);
    return import("./further-answers.ts").then((loaded) => {
      further = loaded;
      return make(loaded);
    });
  };
}

/** How a server answers, method by method. What belongs to the handshake of older revisions stands with them. */
export function answersOf(server: Registry): Map<string, Answer<any> | LateAnswer> {
  const { tools, templates, prompts } = server;
  const { pageSize = limits.pageSize } = server.options;
  // Without the members that are there and undefined, which would take the place of defaults.
  const cache = JSON.parse(JSON.stringify(server.options.cache ?? {})) as CacheHints;
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
    ["resources/list", late((loaded) => loaded.listResources(server, pageSize, cache.resources))],
    [
      "resources/templates/list",
      listAnswer("resources/templates/list", "resourceTemplates", templates, pageSize, cache.resourceTemplates),
    ],
    ["resources/read", late((loaded) => loaded.readResource(server))],
    ["prompts/list", listAnswer("prompts/list", "prompts", prompts, pageSize, cache.prompts)],
    ["prompts/get", late((loaded) => loaded.getPrompt(prompts))],
    ["completion/complete", late((loaded) => loaded.complete(server))],
    ["subscriptions/listen", listen(server)],
  ]);
}

function discover(server: Registry, revision: Revision): object {
  const { instructions } = server.options;
  const about = instructions === undefined ? {} : { instructions };
  return { supportedVersions: server.revisions, capabilities: server.capabilities(revision), ...about };
}
