/** An authorization server and a protected MCP server that a test plays, of which every part can be made to misbehave. */
import { createHash, randomUUID } from "node:crypto";
import { type Asked, type Script, Scripted } from "../client-http/scripted.ts";

/** An answer that takes the place of the honest one; `undefined` leaves that in place. */
export type Instead = (asked: Asked) => boolean | undefined | void;

/** One code that waits to be redeemed. */
interface Waiting {
  readonly challenge: string;
  readonly scope: string | null;
  readonly resource: string | null;
}

/** One token that was given. */
export interface Given {
  readonly scope: string | null;
  readonly resource: string | null;
  readonly clientId: string;
  ended?: boolean;
}

/** What an authorization server may do differently. */
export interface Habits {
  /** Members that replace those of its metadata; `undefined` leaves one out. */
  readonly metadata?: Record<string, unknown>;
  /** The path of its issuer. */
  readonly path?: string;
  /** In seconds. */
  readonly lifetime?: number;
  readonly refreshTokens?: boolean;
  /** Parameters that its callbacks have beside, or instead. */
  readonly callback?: (parameters: URLSearchParams, asked: URL) => void;
  /** What it answers at some path, instead of what it would. */
  readonly instead?: Readonly<Record<string, Instead>>;
  /** Members of its token answers. */
  readonly answer?: Record<string, unknown>;
}

/** An authorization server on this machine. It registers everybody, and lets every user in. */
export class Authority {
  readonly scripted: Scripted;
  habits: Habits;
  readonly codes = new Map<string, Waiting>();
  readonly tokens = new Map<string, Given>();
  readonly refreshTokens = new Map<string, Given>();
  readonly #clients = new Map<string, string | undefined>([["known", "known-secret"]]);
  #count = 0;

  private constructor(scripted: Scripted, habits: Habits) {
    this.scripted = scripted;
    this.habits = habits;
  }

  static async start(habits: Habits = {}): Promise<Authority> {
    const scripted = await Scripted.start(() => {});
    const authority = new Authority(scripted, habits);
    scripted.script = (asked) => authority.#take(asked);
    return authority;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.scripted.port}`;
  }

  get issuer(): string {
    return this.origin + (this.habits.path ?? "");
  }

  /** The paths that were asked for, in order. */
  get paths(): string[] {
    return this.scripted.asked.map(({ path }) => path.split("?")[0] ?? "");
  }

  /** The forms that came to the token endpoint. */
  get forms(): URLSearchParams[] {
    return this.scripted.asked.filter(({ path }) => path === "/token").map(({ text }) => new URLSearchParams(text));
  }

  /** The parameters that users came with. */
  get authorizations(): URLSearchParams[] {
    const came = this.scripted.asked.filter(({ path }) => path.startsWith("/authorize?"));
    return came.map(({ path }) => new URL(path, this.origin).searchParams);
  }

  /** What clients said of themselves. */
  get registrations(): Record<string, unknown>[] {
    return this.scripted.asked.filter(({ path }) => path === "/register").map(({ text }) => JSON.parse(text));
  }

  /** Forgets a client that registered itself. */
  forgetClients(): void {
    this.#clients.clear();
  }

  close(): Promise<void> {
    return this.scripted.close();
  }

  #take(asked: Asked): void {
    const url = new URL(asked.path, this.origin);
    if (this.habits.instead?.[url.pathname]?.(asked) === true) return;
    const { path = "" } = this.habits;
    if (url.pathname === `/.well-known/oauth-authorization-server${path}`) return asked.json(this.#metadata());
    if (url.pathname === "/authorize") return this.#authorize(asked, url);
    if (url.pathname === "/token") return this.#token(asked);
    if (url.pathname === "/register") return this.#register(asked);
    asked.reply(404);
  }

  #metadata(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.origin}/authorize`,
      token_endpoint: `${this.origin}/token`,
      registration_endpoint: `${this.origin}/register`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      ...this.habits.metadata,
    };
  }

  #register(asked: Asked): void {
    const id = `client-${++this.#count}`;
    this.#clients.set(id, undefined);
    asked.json({ ...JSON.parse(asked.text), client_id: id }, {}, 201);
  }

  #authorize(asked: Asked, url: URL): void {
    const given = url.searchParams;
    const code = `code-${randomUUID()}`;
    this.codes.set(code, {
      challenge: given.get("code_challenge") ?? "",
      scope: given.get("scope"),
      resource: given.get("resource"),
    });
    const callback = new URL(given.get("redirect_uri") ?? "");
    callback.searchParams.set("code", code);
    callback.searchParams.set("state", given.get("state") ?? "");
    callback.searchParams.set("iss", this.issuer);
    this.habits.callback?.(callback.searchParams, url);
    asked.reply(302, { location: callback.href });
  }

  #token(asked: Asked): void {
    const form = new URLSearchParams(asked.text);
    const clientId = this.#clientOf(asked, form);
    if (clientId === undefined) return asked.json({ error: "invalid_client" }, {}, 401);
    const type = form.get("grant_type");
    if (type === "authorization_code") return this.#redeem(asked, form, clientId);
    if (type === "refresh_token") return this.#refresh(asked, form);
    this.give(asked, { scope: form.get("scope"), resource: form.get("resource"), clientId }, false);
  }

  #clientOf({ headers }: Asked, form: URLSearchParams): string | undefined {
    if (form.get("grant_type")?.endsWith("jwt-bearer") === true && !form.has("client_id")) return "nobody";
    if (form.has("client_assertion")) return form.get("client_id") ?? undefined;
    const basic = atob(headers.authorization?.slice("Basic ".length) ?? "")
      .split(":")
      .map(decodeURIComponent);
    const [id = "", secret] =
      headers.authorization === undefined ? [form.get("client_id"), form.get("client_secret")] : basic;
    if (id === null || !(this.#clients.has(id) || id.startsWith("https:"))) return undefined;
    return (this.#clients.get(id) ?? undefined) === (secret ?? undefined) ? id : undefined;
  }

  #redeem(asked: Asked, form: URLSearchParams, clientId: string): void {
    const waiting = this.codes.get(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    this.codes.delete(form.get("code") ?? "");
    if (waiting === undefined || waiting.challenge !== challenge)
      return asked.json({ error: "invalid_grant" }, {}, 400);
    const { scope, resource } = waiting;
    this.give(asked, { scope, resource, clientId }, this.habits.refreshTokens ?? true);
  }

  /** A refresh token is good for one use; with its second one, all that came of it ends. */
  #refresh(asked: Asked, form: URLSearchParams): void {
    const token = form.get("refresh_token") ?? "";
    const given = this.refreshTokens.get(token);
    if (given === undefined || given.ended === true) return asked.json({ error: "invalid_grant" }, {}, 400);
    given.ended = true;
    this.give(asked, { scope: given.scope, resource: given.resource, clientId: given.clientId }, true);
  }

  /** Gives a token. */
  give(asked: Asked, given: Given, refreshable: boolean): void {
    const token = `access-${randomUUID()}`;
    const refresh = `refresh-${randomUUID()}`;
    this.tokens.set(token, given);
    if (refreshable) this.refreshTokens.set(refresh, { ...given });
    asked.json({
      access_token: token,
      token_type: "Bearer",
      expires_in: this.habits.lifetime ?? 3600,
      ...(refreshable && { refresh_token: refresh }),
      ...(given.scope !== null && { scope: given.scope }),
      ...this.habits.answer,
    });
  }
}

/** What a protected server may do differently. */
export interface Manners {
  /** Members that replace those of its metadata; `null` is a server without any. */
  metadata?: Record<string, unknown> | null;
  /** The path under which the metadata is. */
  metadataPath?: string;
  /** Its challenges, instead of one that names the place of the metadata. */
  challenge?: string | null;
  /** The scope that a request needs. */
  scope?: (asked: Asked) => string | undefined;
  /** Answers at some path, instead of what it would. */
  instead?: Readonly<Record<string, Instead>>;
  /** What it answers who has got in. */
  answer?: Script;
}

/** An MCP server on this machine that lets in who has a token of its authority. */
export class Protected {
  readonly scripted: Scripted;
  authority: Authority;
  manners: Manners;

  private constructor(scripted: Scripted, authority: Authority, manners: Manners) {
    this.scripted = scripted;
    this.authority = authority;
    this.manners = manners;
  }

  static async start(authority: Authority, manners: Manners = {}): Promise<Protected> {
    const scripted = await Scripted.start(() => {});
    const server = new Protected(scripted, authority, manners);
    scripted.script = (asked) => server.#take(asked);
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.scripted.port}`;
  }

  get url(): string {
    return `${this.origin}/mcp`;
  }

  /** Requests for what is protected, with the token that each had. */
  get tokens(): (string | undefined)[] {
    return this.scripted.asked.filter(({ path }) => path === "/mcp").map(({ headers }) => headers.authorization);
  }

  close(): Promise<void> {
    return this.scripted.close();
  }

  #take(asked: Asked): void {
    const path = asked.path.split("?")[0] ?? "";
    if (this.manners.instead?.[path]?.(asked) === true) return;
    const { metadata, metadataPath = "/.well-known/oauth-protected-resource/mcp" } = this.manners;
    if (path === metadataPath && metadata !== null) {
      return asked.json({ resource: this.url, authorization_servers: [this.authority.issuer], ...metadata });
    }
    if (path !== "/mcp") return asked.reply(404);
    this.#admit(asked, `${this.origin}${metadataPath}`);
  }

  #admit(asked: Asked, place: string): void {
    const given = this.authority.tokens.get(asked.headers.authorization?.slice("Bearer ".length) ?? "");
    const needed = this.manners.scope?.(asked);
    if (given === undefined || given.ended === true) {
      const { challenge = `Bearer resource_metadata="${place}"` } = this.manners;
      return asked.reply(401, challenge === null ? {} : { "www-authenticate": challenge });
    }
    if (needed !== undefined && !needed.split(" ").every((one) => given.scope?.split(" ").includes(one))) {
      const field = `Bearer error="insufficient_scope", scope="${needed}", resource_metadata="${place}"`;
      return asked.reply(403, { "www-authenticate": field });
    }
    if (this.manners.answer !== undefined) return this.manners.answer(asked);
    asked.json({ in: true });
  }
}

/** The user's browser: it goes where it is sent, once, and gives where that leads. */
export async function browse(url: URL): Promise<URL> {
  const reply = await fetch(url, { redirect: "manual" });
  await reply.body?.cancel();
  return new URL(reply.headers.get("location") ?? "nowhere:");
}
