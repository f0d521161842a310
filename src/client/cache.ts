import { DefinitionError, InvalidParamsError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Notification, type Params } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { Revision, SubscriptionFilter } from "../protocol/index.ts";
import { isWithin, methodsOf, ttlOf } from "../protocol/methods/index.ts";
import type { Eventually, Json } from "../stores/index.ts";
import { CacheMemory, type CacheStore, type Kept, type Pages } from "./cache-memory.ts";
import type { MemoryCacheOptions, StoreCacheOptions } from "./options.ts";
import { inTime, unlessAborted } from "./cache-waiting.ts";
import type { RequestOptions } from "./request.ts";

/** The options of a request that say how it is answered from what is kept. */
type CachedOptions = Pick<RequestOptions, "cache" | "signal">;

/** What a request is about: what is kept of it stands under `key`, page by page. */
interface Wanted {
  readonly method: string;
  readonly uri: string | undefined;
  readonly key: string;
  readonly page: string;
}

/** What a client has reason to doubt: what was kept until then, in milliseconds since 1970, is not given. */
interface Doubt {
  readonly method: string;
  readonly uri: string | undefined;
  readonly until: number;
}

/** An answer, and its text where it is kept. */
interface Brought {
  readonly result: unknown;
  readonly text: string | undefined;
}

/**
 * The answers of one server that may be given again, for as long as the server says.
 *
 * What is kept is text, parsed anew for each who asks: nobody can change what another one gets.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
 */
export class Cache {
  readonly #store: CacheStore;
  readonly #server: string = "";
  /** Under whom answers are kept: private ones under the first, public ones under the last. */
  readonly #owners: readonly string[] = [""];
  /** Requests under way whose answers may be shared. */
  readonly #flights = new Map<string, Promise<string | typeof GIVEN_UP | undefined>>();
  /** How often answers became stale, by method: one that was under way meanwhile is not kept. */
  readonly #changes = new Map<string, number>();
  /** What this client doubts of what a store has, by key. */
  readonly #doubted = new Map<string, Doubt>();
  #doubtedAll = 0;
  /** Methods whose last answer could not be kept: there is nothing to share. */
  readonly #fleeting = new Set<string>();
  /** What was read and kept, or given again; those used last stand last. */
  readonly #uris = new Set<string>();
  readonly #mostUris: number = limits.cacheEntries;
  #version: Revision | undefined;
  #warn: (problem: unknown) => void = () => {};

  /** @throws DefinitionError for options that make no sense. */
  constructor(options: MemoryCacheOptions | StoreCacheOptions) {
    if (!("store" in options)) {
      this.#store = new CacheMemory(options);
      this.#mostUris = options.entries ?? limits.cacheEntries;
      return;
    }
    const { store, server, owner } = options;
    for (const [name, value] of Object.entries({ server, owner })) {
      if (typeof value === "string" && value !== "") continue;
      throw new DefinitionError(`A cache in a store needs the option ${name}: a text that is not empty`);
    }
    this.#store = store;
    this.#server = server;
    this.#owners = [owner, ""];
  }

  /** Gives an answer that is fresh, or what `ask` brings. */
  async request(method: string, params: Params, options: CachedOptions, ask: () => Promise<unknown>): Promise<unknown> {
    if (options.signal?.aborted === true) return ask();
    const { _meta, uri, ...others } = params as Params & { readonly uri?: string };
    const wanted = { method, uri, key: this.#key(method, uri), page: JSON.stringify(others) };
    const name = wanted.key + wanted.page;
    const reload = options.cache === "reload";
    const shares = !reload && !this.#fleeting.has(method) && isPlain(options);
    const flight = shares ? this.#flights.get(name) : undefined;
    if (flight !== undefined) {
      const text = await unlessAborted(flight, options.signal);
      if (text === GIVEN_UP) return this.request(method, params, options, ask);
      if (text !== undefined) return JSON.parse(text);
    }
    if (reload) this.#change(method);
    const brought = this.#bring(wanted, reload, ask);
    if (shares && flight === undefined) this.#share(name, brought, options.signal);
    return (await brought).result;
  }

  /** A connection is open, the first one or another one. */
  opened(version: Revision, warn: (problem: unknown) => void): void {
    this.#warn = warn;
    this.#version = version;
  }

  /** What the server told unasked may be lost. */
  missed(): void {
    if (this.#version === undefined) return;
    for (const { name, cacheable } of methodsOf(this.#version).client.values()) {
      if (cacheable !== undefined && name !== READ) this.#doubt(name);
    }
  }

  /** The server tells of a change. */
  changed({ method, params }: Notification): void {
    for (const [name, uri] of this.#staleBy(method, params?.["uri"])) this.#drop(name, uri);
  }

  /** A subscription begins or is over: what nobody told of on its other side may have changed. */
  untold(filter: SubscriptionFilter): void {
    const { resourceSubscriptions = [] } = filter;
    const told = (["tools", "prompts", "resources"] as const).flatMap((list) =>
      filter[`${list}ListChanged`] === true ? this.#staleBy(`notifications/${list}/list_changed`) : [],
    );
    for (const uri of resourceSubscriptions) told.push(...this.#staleBy("notifications/resources/updated", uri));
    for (const [name, uri] of told) this.#doubt(name, uri);
  }

  /** What a notification makes stale: methods, and the URI that it is about. */
  #staleBy(notification: string, uri?: unknown): [method: string, uri?: string][] {
    if (this.#version === undefined) return [];
    const { stales = [] } = methodsOf(this.#version).notifications.get(notification) ?? {};
    return stales.flatMap((name): [string, string?][] => {
      if (name !== READ) return [[name]];
      return typeof uri === "string" ? [[name, uri]] : [];
    });
  }

  #key(method: string, uri: string | undefined): string {
    return JSON.stringify(["mcplex", this.#server, this.#version, method, uri]);
  }

  /** The keys of what is known to be kept of a thing: of itself, of its parts and of what it is a part of. */
  #keys(method: string, uri: string | undefined): string[] {
    const related = uri === undefined ? [] : [...this.#uris].filter((other) => other !== uri && isRelated(uri, other));
    return [uri, ...related].map((one) => this.#key(method, one));
  }

  /** Others may wait for this answer too. When its asker gives it up, one of them asks for the others. */
  #share(name: string, brought: Promise<Brought>, signal: AbortSignal | undefined): void {
    const flight = brought.then(
      ({ text }) => text,
      (error: unknown): typeof GIVEN_UP => {
        if (signal?.aborted === true) return GIVEN_UP;
        throw error;
      },
    );
    this.#flights.set(name, flight);
    const over = (): void => void this.#flights.delete(name);
    flight.then(over, over);
  }

  async #bring(wanted: Wanted, reload: boolean, ask: () => Promise<unknown>): Promise<Brought> {
    const { method, uri, page } = wanted;
    const kept = reload ? undefined : await this.#look(wanted);
    const given = kept === undefined ? undefined : await this.#quietly((): unknown => JSON.parse(kept));
    if (isObject(given)) {
      if (uri !== undefined) this.#remember(uri);
      return { result: given, text: kept };
    }
    const changes = this.#changes.get(method);
    try {
      const result = await ask();
      return { result, text: await this.#keep(wanted, result, changes) };
    } catch (error) {
      // The cursor is no longer valid, so the list has other pages now.
      if (error instanceof InvalidParamsError && method !== READ && page !== FIRST_PAGE) this.#drop(method);
      throw error;
    }
  }

  /** The text of the newest answer that is fresh. */
  async #look({ method, uri, key, page }: Wanted): Promise<string | undefined> {
    const found = await Promise.all(this.#owners.map((owner) => this.#pages(owner, key)));
    const now = Date.now();
    let newest: Kept | undefined;
    let at = this.#doubtedAll;
    for (const doubt of this.#doubted.values()) {
      if (doubt.method === method && isRelated(doubt.uri, uri)) at = Math.max(at, doubt.until);
    }
    for (const { [page]: kept } of found) {
      if (kept === undefined || !isFresh(kept, now) || kept.at <= at) continue;
      newest = kept;
      at = kept.at;
    }
    return newest?.text;
  }

  /** Keeps an answer where it may be kept, and gives its text then. */
  async #keep(wanted: Wanted, result: unknown, changes: number | undefined): Promise<string | undefined> {
    const { method, uri, key, page } = wanted;
    const at = Date.now();
    const ttl = ttlOf(result);
    if (ttl === 0) {
      this.#fleeting.add(method);
      return undefined;
    }
    this.#fleeting.delete(method);
    const text = JSON.stringify(result);
    if (page.length + text.length > limits.cacheLength) return undefined;
    const isPublic = (result as { readonly cacheScope?: unknown }).cacheScope === "public";
    const owner = this.#owners.at(isPublic ? -1 : 0) as string;
    const others = Object.entries(await this.#pages(owner, key))
      .filter(([name, kept]) => name !== page && isFresh(kept, at))
      .slice(1 - limits.pages);
    if (changes !== this.#changes.get(method)) return undefined;
    // A server chooses how many pages a list has, and how long they are.
    const length = others.reduce(
      (sum, [name, kept]) => sum + name.length + kept.text.length,
      page.length + text.length,
    );
    const beside = length > limits.cacheLength ? {} : Object.fromEntries(others);
    const pages: Pages = { ...beside, [page]: { at, until: at + ttl, text } };
    const last = Math.max(...Object.values(pages).map(({ until }) => until));
    if (uri !== undefined) this.#remember(uri);
    await this.#quietly(() => this.#store.set(owner, key, pages as unknown as Json, last - at));
    // Who asked after a change must not get what was true before it.
    return changes === this.#changes.get(method) ? text : undefined;
  }

  async #pages(owner: string, key: string): Promise<Pages> {
    const pages = await this.#quietly(() => this.#store.get(owner, key));
    return isObject(pages) ? (pages as unknown as Pages) : {};
  }

  #remember(uri: string): void {
    this.#uris.delete(uri);
    this.#uris.add(uri);
    if (this.#uris.size <= this.#mostUris) return;
    for (const oldest of this.#uris) return void this.#uris.delete(oldest);
  }

  /** Takes away what is no longer true, from everybody who shares the store. */
  #drop(method: string, uri?: string): void {
    for (const key of this.#keys(method, uri)) {
      for (const owner of this.#owners) void this.#quietly(() => this.#store.delete(owner, key));
    }
    // What came in this very millisecond is taken away already.
    this.#doubt(method, uri, Date.now() - 1);
  }

  /** Believes nothing that was kept until now. Others who share the store may know better. */
  #doubt(method: string, uri?: string, until: number = Date.now()): void {
    this.#change(method);
    if (this.#store instanceof CacheMemory) {
      for (const key of this.#keys(method, uri)) this.#store.delete("", key);
      return;
    }
    this.#doubted.set(this.#key(method, uri), { method, uri, until });
    if (this.#doubted.size <= limits.cacheEntries) return;
    this.#doubted.clear();
    this.#doubtedAll = Date.now();
  }

  #change(method: string): void {
    this.#changes.set(method, (this.#changes.get(method) ?? 0) + 1);
  }

  /** A store that fails, or is silent, costs a request more, and fails none. */
  async #quietly<T>(act: () => Eventually<T>): Promise<T | undefined> {
    try {
      const given = act();
      return given instanceof Promise ? await inTime(given) : given;
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }
}

/** The outcome of a request that its asker aborted. */
const GIVEN_UP = false;
const READ = "resources/read";
/** The parameters of the first page of a list. */
const FIRST_PAGE = "{}";

function isFresh(kept: Kept, now: number): boolean {
  return isObject(kept) && typeof kept.text === "string" && kept.at <= now && now < kept.until;
}

function isRelated(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isWithin(one, other) || isWithin(other, one);
}

/** Whether an answer to a request may answer others, which wait as long for it and hear of it no more than it does. */
function isPlain(options: CachedOptions): boolean {
  return Object.keys(options).every((name) => name === "signal");
}
