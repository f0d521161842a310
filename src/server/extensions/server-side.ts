import { DefinitionError, InvalidParamsError, MissingRequiredClientCapabilityError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import {
  type Extension,
  type ExtensionMethod,
  type ExtensionNotifications,
  type ExtensionRequest,
  type ExtensionRequests,
  type JSONObject,
  type NotificationOutput,
  type RequestOutput,
  type RequestResult,
  extensionMethods,
  ownMembers,
  spans,
} from "../../protocol/index.ts";
import { type CompiledSchema, fromSchema, type Schema, type Validated } from "../../schema/index.ts";
import {
  type Answer,
  type ClientFacts,
  type Context,
  checkOptions,
  describe,
  type FilterKey,
  type ServerExtension,
  type ToolOptionClaim,
} from "../index.ts";

// One mapped type: of two in an intersection the compiler would mix the parameters of their functions.
/** Handlers by method. */
type HandlersOf<Q extends ExtensionRequests, N extends ExtensionNotifications> = {
  readonly [M in keyof Q | keyof N]?: M extends keyof Q
    ? (params: RequestOutput<Q[M]>, context: Context) => RequestResult<Q[M]> | Promise<RequestResult<Q[M]>>
    : M extends keyof N
      ? (params: NotificationOutput<N[M]>, client: ClientFacts | undefined) => unknown
      : never;
};

/** What a server does with an extension; see {@link serverSide}. */
export interface ServerSide<Q extends ExtensionRequests, N extends ExtensionNotifications> {
  /** What the server declares beside the id. Default `{}`. */
  readonly settings?: JSONObject;
  /**
   * Answers requests of clients, and takes their notifications. A request without a handler is not offered. What is
   * known of the client comes with a notification on revisions with a handshake; since 2026-07-28 it is `undefined`.
   */
  readonly on?: HandlersOf<Q, N>;
  /** Gives a meaning to options of tools. */
  readonly toolOptions?: Readonly<Record<string, ToolOptionClaim>>;
  /**
   * Lets clients listen to what the extension tells: keys of the filter of `subscriptions/listen` (since 2026-07-28). A
   * client that asks for one and did not declare the extension is refused with -32021. `server.notify` sends.
   */
  readonly filterKeys?: readonly FilterKey[];
}

/**
 * The server's side of an extension, for `server.use`.
 *
 * @example
 * ```ts
 * server.use(serverSide(audit, { on: { "audit/list": ({ day }, context) => ({ entries: read(day) }) } }));
 * ```
 * @throws DefinitionError for a handler of what the extension does not have, and for a schema that is none.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/extensions
 */
export function serverSide<Q extends ExtensionRequests, N extends ExtensionNotifications>(
  extension: Extension<Q, N>,
  { settings = {}, on, toolOptions = {}, filterKeys = [] }: ServerSide<NoInfer<Q>, NoInfer<N>> = {},
): ServerExtension {
  const { id, span, requests, notifications } = extension as unknown as Extension;
  const handlers = (on ?? {}) as Readonly<Record<string, Handler>>;
  checkOptions(`"on" of ${id}`, handlers, [...Object.keys(requests), ...Object.keys(notifications)]);
  const handled = <T>(all: Readonly<Record<string, T>>): (readonly [string, T, Handler])[] =>
    Object.entries(all).flatMap(([name, one]) => (handlers[name] ? [[name, one, handlers[name]] as const] : []));
  const methods = extensionMethods(extension);
  return {
    id,
    toolOptions,
    filterKeys: filterKeys.map((key) => ({
      key: key.key,
      honoured(asked, context) {
        demand(id, context, `The key "${key.key}" of subscription filters`);
        return key.honoured(asked, context);
      },
      wants: (honoured, notification) => key.wants(honoured, notification),
    })),
    declares: (revision) => (spans(span, revision) ? { extensions: { [id]: settings } } : undefined),
    answers: handled(requests).map(([name, request, handler]) => [
      methods.get(name) as ExtensionMethod,
      answering(id, name, request, handler),
    ]),
    hears: Object.fromEntries(
      handled(notifications).map(([name, { params }, handler]) => [name, hearing(name, params, handler)]),
    ),
  };
}

/** The error for a client that did not declare an extension. */
export function undeclared(id: string, name: string): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError(`${name} needs a client that declares the extension ${id}`, {
    requiredCapabilities: { extensions: { [id]: {} } },
  });
}

/** @throws MissingRequiredClientCapabilityError for a client that did not declare an extension. */
function demand(id: string, { client }: Context, name: string): void {
  if (client.capabilities.extensions?.[id] === undefined) throw undeclared(id, name);
}

type Handler = (params: unknown, more: unknown) => unknown;

/** Where there is no schema, everything is right. */
function checkBy(schema: Schema | undefined, half: "input" | "output", name: string): CompiledSchema["validate"] {
  return schema === undefined ? (value) => ({ value }) : fromSchema(schema, half, `the method "${name}"`).validate;
}

function hearing(name: string, params: Schema | undefined, handler: Handler): ServerExtension["hears"][string] {
  const check = checkBy(params, "input", name);
  return async (given, client) => {
    const checked = await check(ownMembers(given));
    if (checked.issues !== undefined) throw new TypeError(`${name} was dropped:\n${describe(checked.issues)}`);
    await handler(checked.value, client);
  };
}

function answering(
  id: string,
  name: string,
  { params, result, required = true, cacheable }: ExtensionRequest,
  handler: Handler,
): Answer {
  const checkParams = checkBy(params, "input", name);
  const checkResult = checkBy(result, "output", name);
  const start = (checked: Validated, context: Context): unknown => {
    if (checked.issues !== undefined) throw new InvalidParamsError(`Invalid params:\n${describe(checked.issues)}`);
    return handler(checked.value, context);
  };
  return {
    find(_params, context) {
      if (required) demand(id, context, name);
    },
    run(_target, given, context) {
      const checked = checkParams(ownMembers(given));
      return checked instanceof Promise ? checked.then((it) => start(it, context)) : start(checked, context);
    },
    async result(_target, made: unknown = {}) {
      if (!isObject(made)) throw new DefinitionError(`The handler of ${name} must return an object`);
      const checked = await checkResult(ownMembers(made, cacheable));
      if (checked.issues === undefined) return made;
      throw new DefinitionError(`The handler of ${name} gave what its schema refuses:\n${describe(checked.issues)}`);
    },
  };
}
