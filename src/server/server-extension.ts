import { DefinitionError } from "../errors.ts";
import type { Notification, Params } from "../jsonrpc/index.ts";
import type { ExtensionMethod, Revision, ServerCapabilities } from "../protocol/index.ts";
import type { FilterKey } from "./changes.ts";
import type { ToolOptionClaim } from "./claims.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { Answer } from "./invoke.ts";

/** What `server.use` takes from an extension; made by {@link serverSide}. */
export interface ServerExtension {
  readonly id: string;
  /** What it adds to the capabilities of the server in a revision. */
  declares(revision: Revision): ServerCapabilities | undefined;
  /** Its requests, and how they are answered. */
  readonly answers: readonly (readonly [ExtensionMethod, Answer])[];
  /** Takes its notifications. What it throws is reported. */
  readonly hears: Readonly<Record<string, (params: Params, client: ClientFacts | undefined) => unknown>>;
  /** The options of tools to which it gives a meaning. */
  readonly toolOptions: Readonly<Record<string, ToolOptionClaim>>;
  /** The keys of subscription filters that it serves. */
  readonly filterKeys: readonly FilterKey[];
  /** Told of the server that uses it. */
  begin?(host: ExtensionHost): void;
}

/** What an extension may ask of its server at any time. */
export interface ExtensionHost {
  /** Sends a notification to everyone whose subscription wants it. */
  notify(method: string, params?: Params): void;
  /** Tells the author of an error that nobody else hears of. */
  report(error: unknown): void;
}

/** The extensions that a server uses. */
export class Extensions {
  /** The options of tools that have a meaning here. */
  readonly toolOptions: Map<string, ToolOptionClaim> = new Map();
  /** In the order in which they were added. */
  readonly used: ServerExtension[] = [];

  /** @throws DefinitionError for an extension that is there, and for a method or an option that another one has. */
  add(extension: ServerExtension): void {
    const { id, answers, hears, toolOptions } = extension;
    const taken = (what: string): DefinitionError =>
      new DefinitionError(`${id} cannot be used: there is ${what} already`);
    if (this.used.some((other) => other.id === id)) throw taken("an extension of that id");
    const methods = new Set(this.used.flatMap((other) => other.answers.map(([{ name }]) => name)));
    for (const [{ name }] of answers) if (methods.has(name)) throw taken(`a method "${name}"`);
    for (const name of Object.keys(hears)) if (this.#hearing(name)) throw taken(`a notification "${name}"`);
    for (const name of Object.keys(toolOptions)) if (this.toolOptions.has(name)) throw taken(`a tool option "${name}"`);
    this.used.push(extension);
    for (const [name, claim] of Object.entries(toolOptions)) this.toolOptions.set(name, claim);
  }

  /** Capabilities with what extensions add to them. */
  declared(capabilities: ServerCapabilities, revision: Revision): ServerCapabilities {
    if (this.used.length === 0) return capabilities;
    const all = [capabilities, ...this.used.map((extension) => extension.declares(revision))];
    const extensions = Object.assign({}, ...all.map((one) => one?.extensions));
    return Object.assign({}, ...all, Object.keys(extensions).length > 0 && { extensions });
  }

  /** Gives a notification to the extension that has it. */
  hear({ method, params = {} }: Notification, client: ClientFacts | undefined): unknown {
    return this.#hearing(method)?.(params, client);
  }

  #hearing(name: string): ServerExtension["hears"][string] | undefined {
    return this.used.find(({ hears }) => Object.hasOwn(hears, name))?.hears[name];
  }
}
