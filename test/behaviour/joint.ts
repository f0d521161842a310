import { Client, type ClientOptions } from "../../src/client/index.ts";
import type { Channel } from "../../src/jsonrpc/index.ts";
import type { Revision } from "../../src/protocol/index.ts";
import { Server, type ServerOptions, type Serving, serve } from "../../src/server/index.ts";
import { type Binding, type ChannelBinding, GRACE } from "./bindings.ts";
import { RawClient, RawServer, type Script } from "./by-hand.ts";
import { Tap } from "./tap.ts";

/** What one test works with: it joins clients and servers over one binding, in one revision. */
export class Joint {
  readonly binding: Binding;
  readonly revision: Revision;
  /** What servers told their authors. */
  readonly reports: unknown[] = [];
  /** What clients told their authors. */
  readonly warnings: unknown[][] = [];
  /** One for each connection, in order. */
  readonly taps: Tap[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(binding: Binding, revision: Revision) {
    this.binding = binding;
    this.revision = revision;
  }

  /** The tap of the connection that was made last. */
  get tap(): Tap {
    return this.taps.at(-1) as Tap;
  }

  /** A server that tells nobody but this test of its errors. */
  server(options: ServerOptions = {}): Server {
    const logger = { warn: () => {}, error: () => {} };
    return new Server(
      { name: "test-server", version: "1.2.3" },
      { onError: (e) => this.reports.push(e), logger, ...options },
    );
  }

  /** A new connection: the client's end, tapped, and the server's end. */
  ends(assumed: Revision = this.revision): { client: Channel; server: Channel; tap: Tap } {
    if (!("ends" in this.binding))
      throw new Error(`${this.binding.name} has no two channels: name CHANNELS as bindings`);
    const tap = new Tap(assumed);
    const { client, server } = (this.binding as ChannelBinding).ends();
    this.taps.push(tap);
    this.#closers.push(() => client.close());
    return { client: tap.on(client, "client"), server, tap };
  }

  /** Serves a connection until the test is over. */
  serve(server: Server, channel: Channel): Serving {
    const serving = serve(server, channel, { graceTimeout: GRACE });
    this.#closers.push(() => serving.close());
    return serving;
  }

  /** The client's end of a connection that a server serves. */
  serving(server: Server): Channel {
    const tap = new Tap(this.revision);
    this.taps.push(tap);
    const reached = this.binding.reach(server, this.revision);
    this.#closers.push(
      () => reached.close(),
      () => reached.client.close(),
    );
    return tap.on(reached.client, "client");
  }

  /** A client of this revision, connected to a server. */
  async connect<S extends Server>(server: S, options: ClientOptions = {}) {
    return this.open<S>(this.serving(server), options);
  }

  /** A client of this revision, connected to a server that a test plays. */
  async connectTo(script: Script, options: ClientOptions = {}): Promise<{ client: Client; server: RawServer }> {
    const { client: channel, server: end, tap } = this.ends();
    const server = new RawServer(end, tap, this.revision, script);
    return { client: await this.open(channel, options), server };
  }

  /** A client that a test plays, with the handshake done where the revision has one. */
  async raw(server: Server, capabilities: object = {}): Promise<RawClient> {
    const raw = this.rawUnopened(server, capabilities);
    await raw.open();
    return raw;
  }

  /** A client that a test plays, before its first message. */
  rawUnopened(server: Server, capabilities: object = {}): RawClient {
    return new RawClient(this.serving(server), this.tap, this.revision, capabilities);
  }

  /** Closes at the end of the test, too. */
  closing(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  verify(): void {
    for (const tap of this.taps) tap.verify();
  }

  /** A client of this revision on a channel of {@link ends}. */
  async open<S>(channel: Channel, options: ClientOptions = {}) {
    const logger = { warn: (...data: readonly unknown[]) => void this.warnings.push([...data]) };
    const client = await Client.connect<S>(channel, { revisions: [this.revision], logger, ...options });
    this.#closers.push(() => client.close());
    return client;
  }
}
