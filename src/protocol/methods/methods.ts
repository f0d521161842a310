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

/** A row without its sender. What does not say since when it exists has always been there. */
type Row = Omit<Method, "from" | "since"> & { readonly since?: Revision };

function rowsOf(from: Sender, rows: readonly Row[]): Method[] {
  return rows.map((row) => ({ from, since: FIRST, ...row }));
}

function list(name: string, capability: string, result: Method["result"] & {}): Row {
  return { name, params: check.listParams, result, capability: [capability], cacheable: true };
}

function listChanged(name: string, ...stales: readonly string[]): Row {
  return { name, params: check.anyParams, stales };
}

/** Requests, one row each. */
const requests: readonly Method[] = [
  ...rowsOf("both", [{ name: "ping", ...legacy, params: check.anyParams }]),
  ...rowsOf("client", [
    { name: "initialize", ...legacy, params: check.initializeParams, result: check.initializeResult },
    { name: "server/discover", since: MODERN, params: check.anyParams, result: check.discoverResult, cacheable: true },
    list("tools/list", "tools", check.listToolsResult),
    {
      name: "tools/call",
      params: check.callToolParams,
      result: check.callToolResult,
      capability: ["tools"],
      asks: true,
      mcpName: "name",
    },
    list("resources/list", "resources", check.listResourcesResult),
    list("resources/templates/list", "resources", check.listResourceTemplatesResult),
    {
      name: "resources/read",
      params: check.readResourceParams,
      result: check.readResourceResult,
      capability: ["resources"],
      asks: true,
      cacheable: true,
      mcpName: "uri",
    },
    ...["resources/subscribe", "resources/unsubscribe"].map((name): Row => {
      return { name, ...legacy, params: check.subscribeParams, capability: ["resources", "subscribe"] };
    }),
    list("prompts/list", "prompts", check.listPromptsResult),
    {
      name: "prompts/get",
      params: check.getPromptParams,
      result: check.getPromptResult,
      capability: ["prompts"],
      asks: true,
      mcpName: "name",
    },
    {
      name: "completion/complete",
      params: check.completeParams,
      result: check.completeResult,
      capability: ["completions"],
      capabilitySince: SINCE.completions,
    },
    { name: "logging/setLevel", ...legacy, params: check.setLevelParams, capability: ["logging"] },
    { name: "subscriptions/listen", since: MODERN, params: check.listenParams, stays: true },
  ]),
  ...rowsOf("server", [
    {
      name: "sampling/createMessage",
      ...legacy,
      params: check.createMessageParams,
      result: check.createMessageResult,
      capability: ["sampling"],
      deprecated: { since: MODERN, instead: "call a model's own interface" },
    },
    {
      name: "elicitation/create",
      since: "2025-06-18",
      until: LAST_LEGACY,
      params: check.elicitParams,
      result: check.elicitResult,
      capability: ["elicitation"],
    },
    {
      name: "roots/list",
      ...legacy,
      params: check.anyParams,
      result: check.listRootsResult,
      capability: ["roots"],
      deprecated: { since: MODERN, instead: "take folders as arguments or configuration" },
    },
  ]),
];

/** Notifications, one row each. */
const notifications: readonly Method[] = [
  ...rowsOf("both", [
    { name: "notifications/cancelled", params: check.cancelledParams },
    { name: "notifications/progress", params: check.progressParams },
  ]),
  ...rowsOf("client", [
    { name: "notifications/initialized", ...legacy, params: check.anyParams },
    { name: "notifications/roots/list_changed", ...legacy, params: check.anyParams },
  ]),
  ...rowsOf("server", [
    {
      name: "notifications/message",
      params: check.loggingMessageParams,
      deprecated: { since: MODERN, instead: "write to stderr, or to a telemetry system" },
    },
    listChanged("notifications/tools/list_changed", "tools/list"),
    listChanged("notifications/prompts/list_changed", "prompts/list"),
    listChanged("notifications/resources/list_changed", "resources/list", "resources/templates/list"),
    { name: "notifications/resources/updated", params: check.resourceUpdatedParams, stales: ["resources/read"] },
    { name: "notifications/subscriptions/acknowledged", since: MODERN, params: check.listenAcknowledgedParams },
    {
      name: "notifications/elicitation/complete",
      since: LAST_LEGACY,
      until: LAST_LEGACY,
      params: check.elicitationCompleteParams,
    },
  ]),
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
