import * as check from "./check.ts";
import {
  type ExtensionMethod,
  exists,
  isModern,
  isSince,
  type Method,
  type Revision,
  type Sender,
  SINCE,
} from "../index.ts";

const FIRST: Revision = "2024-11-05";
const LAST_LEGACY: Revision = "2025-11-25";
const MODERN: Revision = "2026-07-28";

const legacy = { since: FIRST, until: LAST_LEGACY } as const;
const always = { since: FIRST } as const;

/** Requests, one row each. */
const requests: readonly Method[] = [
  { name: "initialize", from: "client", ...legacy, params: check.initializeParams, result: check.initializeResult },
  { name: "ping", from: "both", ...legacy, params: check.anyParams },
  {
    name: "server/discover",
    from: "client",
    since: MODERN,
    params: check.anyParams,
    result: check.discoverResult,
    cacheable: true,
  },
  {
    name: "tools/list",
    from: "client",
    ...always,
    params: check.listParams,
    result: check.listToolsResult,
    capability: ["tools"],
    cacheable: true,
  },
  {
    name: "tools/call",
    from: "client",
    ...always,
    params: check.callToolParams,
    result: check.callToolResult,
    capability: ["tools"],
    asks: true,
    mcpName: "name",
  },
  {
    name: "resources/list",
    from: "client",
    ...always,
    params: check.listParams,
    result: check.listResourcesResult,
    capability: ["resources"],
    cacheable: true,
  },
  {
    name: "resources/templates/list",
    from: "client",
    ...always,
    params: check.listParams,
    result: check.listResourceTemplatesResult,
    capability: ["resources"],
    cacheable: true,
  },
  {
    name: "resources/read",
    from: "client",
    ...always,
    params: check.readResourceParams,
    result: check.readResourceResult,
    capability: ["resources"],
    asks: true,
    cacheable: true,
    mcpName: "uri",
  },
  {
    name: "resources/subscribe",
    from: "client",
    ...legacy,
    params: check.subscribeParams,
    capability: ["resources", "subscribe"],
  },
  {
    name: "resources/unsubscribe",
    from: "client",
    ...legacy,
    params: check.subscribeParams,
    capability: ["resources", "subscribe"],
  },
  {
    name: "prompts/list",
    from: "client",
    ...always,
    params: check.listParams,
    result: check.listPromptsResult,
    capability: ["prompts"],
    cacheable: true,
  },
  {
    name: "prompts/get",
    from: "client",
    ...always,
    params: check.getPromptParams,
    result: check.getPromptResult,
    capability: ["prompts"],
    asks: true,
    mcpName: "name",
  },
  {
    name: "completion/complete",
    from: "client",
    ...always,
    params: check.completeParams,
    result: check.completeResult,
    capability: ["completions"],
    capabilitySince: SINCE.completions,
  },
  { name: "logging/setLevel", from: "client", ...legacy, params: check.setLevelParams, capability: ["logging"] },
  { name: "subscriptions/listen", from: "client", since: MODERN, params: check.listenParams, stays: true },
  {
    name: "sampling/createMessage",
    from: "server",
    ...legacy,
    params: check.createMessageParams,
    result: check.createMessageResult,
    capability: ["sampling"],
    deprecated: { since: MODERN, instead: "call a model's own interface" },
  },
  {
    name: "elicitation/create",
    from: "server",
    since: "2025-06-18",
    until: LAST_LEGACY,
    params: check.elicitParams,
    result: check.elicitResult,
    capability: ["elicitation"],
  },
  {
    name: "roots/list",
    from: "server",
    ...legacy,
    params: check.anyParams,
    result: check.listRootsResult,
    capability: ["roots"],
    deprecated: { since: MODERN, instead: "take folders as arguments or configuration" },
  },
];

/** Notifications, one row each. */
const notifications: readonly Method[] = [
  { name: "notifications/initialized", from: "client", ...legacy, params: check.anyParams },
  { name: "notifications/cancelled", from: "both", ...always, params: check.cancelledParams },
  { name: "notifications/progress", from: "both", ...always, params: check.progressParams },
  { name: "notifications/roots/list_changed", from: "client", ...legacy, params: check.anyParams },
  {
    name: "notifications/message",
    from: "server",
    ...always,
    params: check.loggingMessageParams,
    deprecated: { since: MODERN, instead: "write to stderr, or to a telemetry system" },
  },
  {
    name: "notifications/tools/list_changed",
    from: "server",
    ...always,
    params: check.anyParams,
    stales: ["tools/list"],
  },
  {
    name: "notifications/prompts/list_changed",
    from: "server",
    ...always,
    params: check.anyParams,
    stales: ["prompts/list"],
  },
  {
    name: "notifications/resources/list_changed",
    from: "server",
    ...always,
    params: check.anyParams,
    stales: ["resources/list", "resources/templates/list"],
  },
  {
    name: "notifications/resources/updated",
    from: "server",
    ...always,
    params: check.resourceUpdatedParams,
    stales: ["resources/read"],
  },
  {
    name: "notifications/subscriptions/acknowledged",
    from: "server",
    since: MODERN,
    params: check.listenAcknowledgedParams,
  },
  {
    name: "notifications/elicitation/complete",
    from: "server",
    since: LAST_LEGACY,
    until: LAST_LEGACY,
    params: check.elicitationCompleteParams,
  },
];

/** The methods of one revision, by name. */
export interface MethodTable {
  /** Requests that a client sends. */
  readonly client: ReadonlyMap<string, Method>;
  /** Requests that a server sends. */
  readonly server: ReadonlyMap<string, Method>;
  /** What a server may ask its client: by a request, or since 2026-07-28 in a result. */
  readonly questions: ReadonlyMap<string, Method>;
  /** Notifications of both sides. */
  readonly notifications: ReadonlyMap<string, Method>;
}

const tables = new Map<Revision, MethodTable>();

/** The methods that a revision has. */
export function methodsOf(revision: Revision): MethodTable {
  let table = tables.get(revision);
  if (table === undefined) {
    const byName = (rows: readonly Method[], sender: Sender): ReadonlyMap<string, Method> =>
      new Map(rows.filter((row) => exists(row, revision) && sent(row, sender)).map((row) => [row.name, row]));
    const server = byName(requests, "server");
    table = {
      client: byName(requests, "client"),
      server,
      questions: isModern(revision) ? methodsOf(LAST_LEGACY).questions : without(server, "ping"),
      notifications: byName(notifications, "both"),
    };
    tables.set(revision, table);
  }
  return table;
}

/** What a program should be told that uses a method in a conversation of a revision that advises against it. */
export function deprecation({ name, deprecated }: Method, revision: Revision): string | undefined {
  if (deprecated === undefined || !isSince(revision, deprecated.since)) return undefined;
  return `${name} is deprecated since revision ${deprecated.since}: ${deprecated.instead}`;
}

/** Whether some stateless revision has a request of this name. */
export function isModernMethod(name: string): boolean {
  const row = requests.find((request) => request.name === name);
  return row !== undefined && isModern(row.since);
}

function without(rows: ReadonlyMap<string, Method>, name: string): ReadonlyMap<string, Method> {
  return new Map([...rows].filter(([other]) => other !== name));
}

function sent(row: Method, sender: Sender): boolean {
  return sender === "both" || row.from === "both" || row.from === sender;
}

/** The whole row of a request that an extension adds. Its parameters are checked by its own schema. */
export function extensionMethod(row: ExtensionMethod): Method {
  return { ...row, params: check.anyParams };
}
