/** Two users of one server, each with words of their own: no byte of the one may reach the other. */
import { expect } from "vitest";
import type { HttpParts } from "./messages.ts";
import { withHeaders } from "./messages.ts";
import type { Recorder } from "./raw.ts";
import type { Reply } from "./reply.ts";
import type { ServerUnderTest, Target } from "./server.ts";
import type { EndpointOptions } from "./protocol.ts";
import type { HostName } from "./host-names.ts";

/** One of the users: all that comes back to it is kept. */
export class User {
  readonly name: "alice" | "bob";
  readonly #target: Target;
  readonly #words = new Set<string>();
  #heard: Buffer[] = [];
  #count = 0;
  readonly #watch: Recorder;

  constructor(name: "alice" | "bob", target: Target, watch: Recorder) {
    this.name = name;
    this.#target = target;
    this.#watch = watch;
  }

  /** A word that nobody else says: to be put into every field of this user's. */
  word(): string {
    const word = `canary-${this.name}-${++this.#count}-${(this.#count * 2_654_435_761).toString(36)}`;
    this.#words.add(word);
    return word;
  }

  /** Something that the server gave to this user alone, such as the id of a session. */
  owns(word: string): string {
    this.#words.add(word);
    return word;
  }

  get words(): readonly string[] {
    return [...this.#words];
  }

  /** All bytes that came to this user. */
  get heard(): string {
    return Buffer.concat(this.#heard).toString("latin1");
  }

  /** The request with this user's token. */
  signed(parts: HttpParts): HttpParts {
    return withHeaders(parts, { Authorization: `Bearer ${this.name}-token` });
  }

  readonly recorder: Recorder = {
    reply: (reply: Reply) => this.#watch.reply(reply),
    bytes: (bytes: Buffer) => void this.#heard.push(Buffer.from(bytes)),
  };

  /** Sends one request; gives its whole reply. */
  async send(parts: HttpParts): Promise<Reply> {
    const { connection, reply } = await this.open(parts);
    await connection.whole(reply);
    connection.destroy();
    return reply;
  }

  /** Sends one request; gives its reply as soon as the head is there. */
  open(parts: HttpParts): ReturnType<Target["open"]> {
    return this.#target.open(this.signed(parts), this.recorder);
  }

  /** Opens a session. */
  async session(version?: string): Promise<string> {
    return this.owns(await this.#target.session(version, { Authorization: `Bearer ${this.name}-token` }));
  }
}

/** Alice and Bob at one endpoint. */
export async function users(
  server: ServerUnderTest,
  host: HostName = "serveHttp",
  options: EndpointOptions = {},
): Promise<{ readonly alice: User; readonly bob: User }> {
  const target = await server.target(host, { ...options, users: true });
  return { alice: new User("alice", target, server.watch), bob: new User("bob", target, server.watch) };
}

/** Asserts that nothing of either has reached the other. What one of them was made to say on purpose does not count. */
export function apart(alice: User, bob: User, said: readonly string[] = []): void {
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const { heard } = other;
    for (const word of one.words) {
      if (!said.includes(word)) expect(heard, `${other.name} hears nothing of ${one.name}`).not.toContain(word);
    }
  }
}
