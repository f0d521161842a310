import { type ChangingList, listen } from "./changes.ts";
import { complete } from "./completion.ts";
import type { Answer } from "./invoke.ts";
import { limits } from "../limits.ts";
import { listAnswer } from "./lists.ts";
import { getPrompt } from "./prompts.ts";
import { listResources, readResource } from "./resources.ts";
import type { Server } from "./server.ts";
import { callTool } from "./tools.ts";

/** How a server answers, method by method. What belongs to the handshake of older revisions stands with them. */
export function answersOf(server: Server): ReadonlyMap<string, Answer> {
  const { tools, templates, prompts } = server;
  const { pageSize = limits.pageSize } = server.options;
  return new Map<string, Answer>([
    ["server/discover", { find: () => undefined, run: () => discover(server) }],
    ["tools/list", listAnswer("tools/list", "tools", tools, pageSize)],
    ["tools/call", callTool(tools, (error, request) => server.report(error, request))],
    ["resources/list", listResources(server, pageSize)],
    ["resources/templates/list", listAnswer("resources/templates/list", "resourceTemplates", templates, pageSize)],
    ["resources/read", readResource(server)],
    ["prompts/list", listAnswer("prompts/list", "prompts", prompts, pageSize)],
    ["prompts/get", getPrompt(prompts)],
    ["completion/complete", complete(prompts, server)],
    ["subscriptions/listen", listen(server.changes, () => offered(server))],
  ]);
}

function discover(server: Server): object {
  const { instructions } = server.options;
  const about = instructions === undefined ? {} : { instructions };
  return { supportedVersions: server.revisions, capabilities: server.capabilities(), ...about };
}

function offered(server: Server): ReadonlySet<ChangingList> {
  const capabilities = server.capabilities();
  return new Set((["tools", "prompts", "resources"] as const).filter((list) => capabilities[list] !== undefined));
}
