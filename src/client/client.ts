import { DefinitionError, LocalError, ToolError } from "../errors.ts";
import type { CloseReason, Params } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type {
  CallToolResult,
  CompleteRequestParams,
  CompleteResult,
  Extension,
  ExtensionNotifications,
  ExtensionRequests,
  GetPromptResult,
  InputRequiredResult,
  LoggingLevel,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Revision,
  SubscriptionFilter,
  Tool,
  ClientRequests,
} from "../protocol/index.ts";
import type { Connectable } from "./connect.ts";
import type { TheirExtension } from "./client-extension.ts";
import type { Link, ServerFacts } from "./link.ts";
import type { ClientOptions, Prior } from "./options.ts";
import type { Outputs } from "./outputs.ts";
import { items, type ListPage } from "./pages.ts";
import type { ManualOptions, RequestOptions } from "./request.ts";
import type { Subscription } from "./subscription.ts";
import type { Supervisor } from "./supervisor.ts";
import type { AnyTools, ToolArguments, ToolOutput, ToolsOf, ToolType } from "./typed.ts";

/**
 * A client that is connected to one server.
 *
 * @example
 * ```ts
 * await using client = await Client.connect(stdio({ command: "node", args: ["server.js"] }));
 * for await (const tool of client.tools()) console.log(tool.name);
 * console.log(await client.call("add", { a: 1, b: 2 }));
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client
 */
export class Client<Tools extends Record<string, ToolType> = AnyTools> {
  readonly #supervisor: Supervisor;
  /** What the tools are to give; there from the first list on. */
  #outputs: Outputs | undefined;

  private constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  /**
   * Connects, and finds out which revision both sides speak. With `Client.connect<typeof server>` the names and
   * arguments of tools are typed.
   *
   * @throws LocalError `no_common_version`, `spawn`, `exited`, `timeout`, `aborted`; ProtocolError of the server.
   */
  static async connect<S = unknown>(
    connectable: Connectable,
    options: ClientOptions = {},
  ): Promise<Client<ToolsOf<S>>> {
    const { Supervisor } = await import("./supervisor.ts");
    return new Client(await Supervisor.start(connectable, options));
  }

  /** What the server says of itself, as it was last told: see {@link discover}. */
  get server(): ServerFacts {
    return this.#link.server;
  }

  /** The revision that is spoken. */
  get version(): Revision {
    return this.#link.version;
  }

  /**
   * What the server says of itself, asked for anew once it is stale; until 2025-11-25 the handshake said it once for all.
   *
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/discover
   */
  async discover(options?: RequestOptions): Promise<ServerFacts> {
    const connection = await this.#supervisor.ready();
    await connection.discover(options);
    return connection.link.server;
  }

  /** What was learnt of the server: as the option `prior` of a later connection it saves the probe. */
  get prior(): Prior {
    return { version: this.version, server: this.server, at: Date.now() };
  }

  /** Settles, never rejects, when the connection is over for good. */
  get closed(): Promise<CloseReason> {
    return this.#supervisor.closed;
  }

  /**
   * Calls a tool and gives its structured content, or its text where it has none.
   *
   * @throws ToolError with the tool's text when the tool says that it failed.
   */
  async call<N extends keyof Tools & string>(
    name: N,
    args?: ToolArguments<Tools[N]>,
    options?: RequestOptions,
  ): Promise<ToolOutput<Tools[N]>> {
    if (options?.input !== undefined) throw new DefinitionError("To answer by hand, use callTool");
    const result = await this.callTool(name, args as Params, options);
    const text = result.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
    if (result.isError === true) throw new ToolError(text, { result });
    return ("structuredContent" in result ? result.structuredContent : text) as ToolOutput<Tools[N]>;
  }

  /**
   * Calls a tool and gives the whole result, also where it says that the tool failed. With `input: "manual"` it may be
   * what the server asks back.
   */
  callTool(name: string, args: Params, options: ManualOptions): Promise<CallToolResult | InputRequiredResult>;
  callTool(name: string, args?: Params, options?: RequestOptions): Promise<CallToolResult>;
  callTool(
    name: string,
    args: Params = {},
    options?: RequestOptions | ManualOptions,
  ): Promise<CallToolResult | InputRequiredResult> {
    const asked = { name, arguments: args };
    return this.#supervisor.request("tools/call", asked, options, this.#read) as Promise<CallToolResult>;
  }

  /** What a tool gave, where it is what the tool was to give. */
  readonly #read = (given: CallToolResult | InputRequiredResult, { name }: Params): unknown => {
    if (given.resultType === "input_required") return given;
    // Some servers leave out the content beside structured content.
    const result = given.content === undefined ? { ...given, content: [] } : given;
    const { checkOutput } = this.#supervisor.options;
    const checked = checkOutput === false ? undefined : this.#outputs?.check(name as string, result);
    return checked === undefined ? result : checked.then(() => result);
  };

  /** Reads a resource. @throws ResourceNotFoundError in every revision. */
  readResource(uri: string, options: ManualOptions): Promise<ReadResourceResult | InputRequiredResult>;
  readResource(uri: string, options?: RequestOptions): Promise<ReadResourceResult>;
  readResource(uri: string, options?: RequestOptions | ManualOptions): Promise<unknown> {
    return this.#request("resources/read", { uri }, options);
  }

  /** Gets a prompt. */
  getPrompt(
    name: string,
    args: Readonly<Record<string, string>> | undefined,
    options: ManualOptions,
  ): Promise<GetPromptResult | InputRequiredResult>;
  getPrompt(name: string, args?: Readonly<Record<string, string>>, options?: RequestOptions): Promise<GetPromptResult>;
  getPrompt(
    name: string,
    args?: Readonly<Record<string, string>>,
    options?: RequestOptions | ManualOptions,
  ): Promise<unknown> {
    return this.#request("prompts/get", args === undefined ? { name } : { name, arguments: args }, options);
  }

  /** Asks for suggestions of one argument of a prompt or of a resource template. */
  async complete(params: CompleteRequestParams, options?: RequestOptions): Promise<CompleteResult["completion"]> {
    const { completion } = await this.request("completion/complete", params, options);
    return completion;
  }

  /** Every tool of the server, page after page. A tool that is no tool is left out, and the logger hears of it. */
  tools(options?: RequestOptions): AsyncIterable<Tool> {
    return this.#list("tools/list", "tools", options, (page) => this.#learn(page));
  }

  /** Every resource of the server. */
  resources(options?: RequestOptions): AsyncIterable<Resource> {
    return this.#list("resources/list", "resources", options);
  }

  /** Every resource template of the server. */
  resourceTemplates(options?: RequestOptions): AsyncIterable<ResourceTemplate> {
    return this.#list("resources/templates/list", "resourceTemplates", options);
  }

  /** Every prompt of the server. */
  prompts(options?: RequestOptions): AsyncIterable<Prompt> {
    return this.#list("prompts/list", "prompts", options);
  }

  /**
   * Listens for changes; resolves when the server has agreed, so that a list read afterwards misses none. A subscription
   * that is lost later is opened again, see {@link Subscription}.
   *
   * @throws LocalError `timeout` when the server does not agree in time; ProtocolError when it refuses.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
   */
  listen(filter: SubscriptionFilter, options: Pick<RequestOptions, "timeout"> = {}): Promise<Subscription> {
    const { timeout = this.#supervisor.options.timeout ?? limits.idleTimeout } = options;
    return this.#supervisor.listen(filter, timeout);
  }

  /**
   * Sends any request, typed by its method; a method of an extension needs the type of its result.
   *
   * @throws ProtocolError that the server answered; LocalError where no answer came.
   */
  request<M extends keyof ClientRequests>(
    method: M,
    params: ClientRequests[M]["params"],
    options: ManualOptions,
  ): Promise<ClientRequests[M]["result"] | InputRequiredResult>;
  request<M extends keyof ClientRequests>(
    method: M,
    params: ClientRequests[M]["params"],
    options?: RequestOptions,
  ): Promise<ClientRequests[M]["result"]>;
  request<R>(method: string, params: object, options?: RequestOptions): Promise<R>;
  request(method: string, params: object, options?: RequestOptions | ManualOptions): Promise<unknown> {
    return this.#request(method, params, options);
  }

  #request<R>(method: string, params: object, options?: RequestOptions | ManualOptions): Promise<R> {
    return this.#supervisor.request(method, params, options) as Promise<R>;
  }

  /**
   * An extension of the protocol, as the server has it.
   *
   * @throws DefinitionError when the client was connected without it.
   */
  extension<Q extends ExtensionRequests, N extends ExtensionNotifications>(
    extension: Extension<Q, N>,
  ): TheirExtension<Q, N> {
    return this.#supervisor.extension(extension) as TheirExtension<Q, N>;
  }

  /** Whether the server answers at all. Since 2026-07-28 there is no ping, and `server/discover` stands in for it. */
  async ping(options?: RequestOptions): Promise<void> {
    const { answers } = this.#link;
    await this.request(answers ? "ping" : "server/discover", {}, { ...options, cache: "reload" });
  }

  /** Sets the least severity of log messages (until 2025-11-25; later use the option `logLevel`). @deprecated */
  async setLogLevel(level: LoggingLevel, options?: RequestOptions): Promise<void> {
    if (!this.#link.answers) {
      throw new LocalError("not_supported", `Revision ${this.version} has no logging/setLevel: connect with logLevel`);
    }
    await this.request("logging/setLevel", { level }, options);
  }

  /** Tells the server that the folders changed (until 2025-11-25). @deprecated With roots themselves. */
  async rootsChanged(): Promise<void> {
    const { link, transport } = await this.#supervisor.ready();
    if (link.answers) await transport.send({ jsonrpc: "2.0", method: "notifications/roots/list_changed" });
  }

  /** Ends the connection; requests without an answer reject with `LocalError("closed")`. */
  close(): Promise<void> {
    return this.#supervisor.close();
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #link(): Link {
    return this.#supervisor.connection.link;
  }

  /** Output schemas are known from lists alone, and so is what checks by them loaded with the first. */
  async #learn(page: readonly Tool[]): Promise<readonly Tool[]> {
    if (this.#outputs === undefined) {
      const { Outputs } = await import("./outputs.ts");
      this.#outputs ??= new Outputs();
    }
    return this.#outputs.learn(page, this.#supervisor.connection.warn);
  }

  #list<T>(
    method: string,
    member: string,
    options: RequestOptions | undefined,
    usable?: (entries: readonly T[]) => Promise<readonly T[]>,
  ): AsyncIterable<T> {
    const load = async (cursor: string | undefined): Promise<ListPage<T>> => {
      const connection = await this.#supervisor.ready();
      if (!(await connection.offers(connection.methods.get(method)))) return { entries: [], next: undefined };
      const params = cursor === undefined ? {} : { cursor };
      const page = await this.request<Record<string, readonly T[]>>(method, params, options);
      const entries = page[member] ?? [];
      const next = page["nextCursor"] as unknown as string | undefined;
      return { entries: usable === undefined ? entries : await usable(entries), next };
    };
    return items(load);
  }
}
