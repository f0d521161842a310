import { LocalError } from "../../errors.ts";
import type { Notification, Params } from "../../jsonrpc/index.ts";
import {
  type Extension,
  type ExtensionNotification,
  type ExtensionNotifications,
  type ExtensionRequest,
  type ExtensionRequests,
  type JSONObject,
  type NotificationOutput,
  extensionMethods,
  ownMembers,
  spans,
} from "../../protocol/index.ts";
import { type CompiledSchema, fromSchema, type Schema } from "../../schema/index.ts";
import type { ClientExtension, ClientLink, RequestOptions, ResultClaim } from "../index.ts";

/** What a client does with an extension; see {@link clientSide}. */
export interface ClientSide<N extends ExtensionNotifications> {
  /** What the client declares beside the id. Default `{}`. */
  readonly settings?: JSONObject;
  /** Takes notifications of the server, one after another. */
  readonly on?: { readonly [M in keyof N]?: (params: NotificationOutput<N[M]>) => unknown };
  /** Takes results whose `resultType` is the extension's own, by method and type. */
  readonly results?: Readonly<Record<string, Readonly<Record<string, ResultClaim>>>>;
}

/**
 * The client's side of an extension, for the option `extensions` of `Client.connect`.
 *
 * @example
 * ```ts
 * const client = await Client.connect(transport, { extensions: [clientSide(audit)] });
 * const { entries } = await client.extension(audit).request("audit/list", { day: "2026-07-28" });
 * ```
 * @throws DefinitionError for a method that the protocol has, and for a schema that is none.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/extensions
 */
export function clientSide<Q extends ExtensionRequests, N extends ExtensionNotifications>(
  extension: Extension<Q, N>,
  { settings = {}, on = {}, results = {} }: ClientSide<NoInfer<N>> = {},
): ClientExtension {
  const plain = extension as unknown as Extension;
  const { id, span, requests, notifications } = plain;
  const readers = new Map(
    Object.entries(requests).map(([name, request]) => [name, reader(name, request.result, "output", request)]),
  );
  return {
    extension: plain,
    results,
    methods: extensionMethods(plain),
    declares: (revision) => (spans(span, revision) ? { extensions: { [id]: settings } } : undefined),
    hear: hearing(on as Handlers, notifications),
    theirs: (link: ClientLink) => ({
      get settings() {
        return link.capabilities.extensions?.[id];
      },
      async request(method: string, params: object, options?: RequestOptions): Promise<any> {
        const result = (await link.request(method, params, options)) as object;
        await readers.get(method)?.(result);
        return result;
      },
      notify: (method: string, params: object) => link.notify(plain.notification(method, params as Params)),
    }),
  };
}

type Handlers = Readonly<Record<string, ((params: unknown) => unknown) | undefined>>;

/** Schemas may have to be loaded before they check: what comes later waits, so that the order stays. */
function hearing(
  on: Handlers,
  notifications: Readonly<Record<string, ExtensionNotification>>,
): ClientExtension["hear"] {
  const readers = new Map(
    Object.entries(notifications).map(([name, { params }]) => [name, reader(name, params, "input")]),
  );
  let last: Promise<unknown> = Promise.resolve();
  return ({ method, params = {} }: Notification, report) => {
    const read = readers.get(method);
    const handler = on[method];
    if (read === undefined || handler === undefined) return;
    last = last
      .then(() => read(params))
      .then(handler)
      .catch(report);
  };
}

/** Checks what came under the name of a method, and gives what its schema makes of it. */
function reader(
  name: string,
  schema: Schema | undefined,
  half: "input" | "output",
  { cacheable }: ExtensionRequest = {},
): (payload: object) => unknown {
  const compiled: CompiledSchema | undefined = schema && fromSchema(schema, half, `the method "${name}"`);
  return async (payload) => {
    const own = ownMembers(payload, cacheable);
    const checked = compiled === undefined ? { value: own } : await compiled.validate(own);
    if (checked.issues === undefined) return checked.value;
    const [issue] = checked.issues;
    const message = `What came for ${name} does not match its schema: ${issue?.pointer} ${issue?.message}`;
    throw new LocalError("invalid_response", message, { data: { issue } });
  };
}
