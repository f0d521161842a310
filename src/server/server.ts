import { DefinitionError } from "../errors.ts";
import type { Middleware, Notification, Params, Request } from "../jsonrpc/index.ts";
import {
  type Implementation,
  chosenRevisions,
  LATEST_REVISION,
  type Revision,
  type ServerCapabilities,
} from "../protocol/index.ts";
import type { Schema } from "../schema/index.ts";
import { Changes, type ChangingList } from "./changes.ts";
import type { ClientFacts } from "./client-facts.ts";
import { type Decorated, type Definition, definitionsOf, type WithTool, type WithTools } from "./definitions.ts";
import { Extensions, type ServerExtension } from "./server-extension.ts";
import { Features } from "./features.ts";
import { checkServerOptions, type ServerOptions } from "./options.ts";
import { type PromptFeature, type PromptHandler, type PromptOptions, prompt } from "./prompts.ts";
import { register } from "./register.ts";
import {
  type ResourceFeature,
  type ResourceHandler,
  type ResourceOptions,
  resource,
  type TemplateFeature,
} from "./resources.ts";
import { type ToolFeature, type ToolHandler, type ToolOptions, tool } from "./tools.ts";
import type { Sealing } from "./sealing.ts";

/**
 * A server: what it offers, and nothing of who is connected. One server serves any number of connections at once, in
 * every revision.
 *
 * @example
 * ```ts
 * const server = new Server({ name: "weather", version: "1.0.0" })
 *   .tool("forecast", { input: z.object({ city: z.string() }) }, ({ city }) => `Sunny in ${city}`);
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server
 */
export class Server {
  /** Who the server is. */
  readonly info: Implementation;
  readonly options: ServerOptions;
  /** The revisions that it speaks, oldest first. */
  readonly revisions: readonly Revision[];
  readonly tools: Features<ToolFeature> = new Features("tool");
  readonly resources: Features<ResourceFeature> = new Features("resource");
  readonly templates: Features<TemplateFeature> = new Features("resource template");
  readonly prompts: Features<PromptFeature> = new Features("prompt");
  /** @internal */
  readonly changes: Changes;
  /** @internal */
  readonly sealing: Sealing;
  /** @internal The outermost first. */
  readonly middleware: Middleware[] = [];
  /** @internal */
  readonly extensions: Extensions = new Extensions();
  readonly #warned = new Set<string>();
  #capabilities: ServerCapabilities | undefined;
  /** Whether anybody has looked at what the server offers. */
  #seen = false;

  /** @throws DefinitionError when the name or version is missing, or an option is wrong. */
  constructor(info: Implementation, options: ServerOptions = {}) {
    if (typeof info?.name !== "string" || typeof info.version !== "string") {
      throw new DefinitionError("A server needs a name and a version: new Server({ name, version })");
    }
    checkServerOptions(options);
    this.info = info;
    this.options = options;
    this.revisions = chosenRevisions(options.revisions);
    this.changes = new Changes((problem) => this.report(problem), info.name, options.changes);
    this.sealing = { keys: options.stateKeys, warn: (text) => this.warnOnce(text) };
    this.tools.onChange(() => this.#changed("tools"));
    this.prompts.onChange(() => this.#changed("prompts"));
    this.resources.onChange(() => this.#changed("resources"));
    this.templates.onChange(() => this.#changed("resources"));
  }

  /**
   * Adds a tool. See {@link tool} for one that is defined in a file of its own.
   *
   * @throws DefinitionError when the name is taken, or a schema cannot become JSON Schema.
   */
  tool<
    T extends Server,
    const N extends string,
    I extends Schema | undefined = undefined,
    O extends Schema | undefined = undefined,
  >(this: T, name: N, options: ToolOptions<I, O>, handler: ToolHandler<I, O>): T & WithTool<N, I, O> {
    return this.define(tool(name, options, handler));
  }

  /** Adds a resource, or with a URI template a family of them. @throws DefinitionError when the URI is taken. */
  resource<const U extends string>(uri: U, handler: ResourceHandler<U>, options?: ResourceOptions<U>): this {
    return this.define(resource(uri, handler, options));
  }

  /** Adds a prompt. @throws DefinitionError when the name is taken. */
  prompt<I extends Schema | undefined = undefined>(
    name: string,
    options: PromptOptions<I>,
    handler: PromptHandler<I>,
  ): this {
    return this.define(prompt(name, options, handler));
  }

  /**
   * Adds what was defined elsewhere, or what is decorated in the class of an instance, at any time; clients that listen
   * are told.
   *
   * @throws DefinitionError when a name or URI is taken, or an object is neither of these.
   */
  add<T extends Server, const D extends readonly (Definition | Decorated)[]>(
    this: T,
    ...definitions: D
  ): T & WithTools<D> {
    const { metadata } = Symbol as unknown as { readonly metadata: symbol };
    for (const one of definitions as readonly any[]) {
      for (const definition of one.constructor?.[metadata]?.[definitionsOf]?.(one) ?? [one]) this.define(definition);
    }
    return this;
  }

  /**
   * Adds extensions and middleware.
   *
   * Middleware stands around every request but the handshake of older revisions; the first one added is the outermost.
   * It sees requests in the words of the client's revision, and results that are text already: see `Serialized`.
   *
   * An extension comes before the tools that have its options, and is declared to clients that connect afterwards.
   *
   * @throws DefinitionError for an extension that is in use, or has a method, an option or a filter key of another one.
   */
  use(...added: readonly (Middleware | ServerExtension)[]): this {
    for (const one of added) {
      if (typeof one === "function") this.middleware.push(one);
      else {
        this.extensions.add(one);
        for (const key of one.filterKeys) this.changes.serve(key);
        one.begin?.(this);
      }
    }
    return this;
  }

  /**
   * Tells who listens that a list reads differently. Adding, removing, disabling and enabling tell of themselves; this
   * is for what a template's `list` gives.
   */
  listChanged(list: "tools" | "prompts" | "resources"): void {
    this.changes.listChanged(list);
  }

  /**
   * Sends a notification of an extension to each client whose subscription wants it, as the extension's filter keys say
   * (since 2026-07-28).
   */
  notify(method: string, params: Params = {}): void {
    this.changes.send({ jsonrpc: "2.0", method, params });
  }

  /** Tells who listens that a resource can be read anew. */
  updated(uri: string): void {
    this.changes.updated(uri);
  }

  /** What the server offers, as it stands now; to a client of the newest revision, unless another one is named. */
  capabilities(revision: Revision = LATEST_REVISION): ServerCapabilities {
    return this.extensions.declared(this.offered, revision);
  }

  /** @internal What the server offers by itself, without what extensions add. */
  get offered(): ServerCapabilities {
    this.#capabilities ??= this.#offered();
    return this.#capabilities;
  }

  #offered(): ServerCapabilities {
    const { tools, prompts, resources, templates } = this;
    const capabilities: ServerCapabilities = { logging: {} };
    if (tools.size > 0) capabilities.tools = { listChanged: true };
    if (prompts.size > 0) capabilities.prompts = { listChanged: true };
    if (resources.size + templates.size > 0) capabilities.resources = { listChanged: true, subscribe: true };
    if (prompts.size + templates.size > 0) capabilities.completions = {};
    return capabilities;
  }

  /** @internal Takes a notification that is none of the protocol's own. */
  hear(notification: Notification, client: ClientFacts | undefined): void {
    const heard = async (): Promise<unknown> => this.extensions.hear(notification, client);
    heard().catch((problem: unknown) => this.report(problem));
  }

  /** @internal Warns the author of something, the first time. */
  warnOnce(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    (this.options.logger ?? console).warn(`mcplex: ${text}`);
  }

  /** @internal Tells the author of an error that a caller sees in general words, or not at all. */
  report(error: unknown, request?: Request): void {
    const { onError, logger = console } = this.options;
    try {
      if (onError !== undefined) onError(error, request);
      else logger.error(request === undefined ? "mcplex:" : `mcplex: ${request.method} failed:`, error);
    } catch {
      // What reports errors must not cause more of them.
    }
  }

  /** @internal Adds one thing. */
  define(definition: Definition): this {
    register(this, definition, this.extensions.toolOptions);
    return this;
  }

  #changed(list: ChangingList): void {
    // What is added before anybody looked is no change.
    this.#seen ||= this.#capabilities !== undefined;
    this.#capabilities = undefined;
    if (this.#seen) this.changes.listChanged(list);
  }
}
