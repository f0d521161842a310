import { PassThrough } from "node:stream";
import { it } from "vitest";
import type { Channel } from "../../src/jsonrpc/index.ts";
import { isModern, isSince, REVISIONS, type Revision } from "../../src/protocol/index.ts";
import type { HttpOptions } from "../../src/server/http/index.ts";
import { type Server, serve } from "../../src/server/index.ts";
import { fromStreams, memory, messagePort } from "../../src/transports/index.ts";
import { channelPair } from "./channel-pair.ts";
import { HttpChannel, type Joined } from "./http-channel.ts";
import { HOSTS, type Host, TWO_HOSTS } from "./http-hosts.ts";
import { Joint } from "./joint.ts";
import { overStdio } from "./over-stdio.ts";
import { TransportChannel } from "./transport-channel.ts";

/** The two ends of one connection, both in this process. */
export interface Ends {
  readonly client: Channel;
  readonly server: Channel;
}

/** A way to join a client and a server. */
export interface Binding {
  readonly name: string;
  /** Each direction ends by itself: who closes one may still read the other. */
  readonly half: boolean;
  /** Whether a server remembers its clients up to 2025-11-25, and can ask and tell them something unasked. */
  readonly remembers: boolean;
  /** Whether a request of a stateless revision is cancelled by closing its reply, so that nothing says why. */
  readonly closes?: true;
  /** Whether it can carry a revision. Default: all of them. */
  carries?(revision: Revision): boolean;
  /** A client's end of a connection to a server, and what closes the server's. */
  reach(server: Server, revision: Revision): { readonly client: Channel; close(): Promise<unknown> };
}

/** A binding of which both ends are channels. */
export interface ChannelBinding extends Binding {
  ends(): Ends;
}

function channels(name: string, half: boolean, ends: () => Ends): ChannelBinding {
  return {
    name,
    half,
    remembers: true,
    ends,
    reach(server) {
      const { client, server: end } = ends();
      const serving = serve(server, end, { graceTimeout: GRACE });
      return { client, close: () => serving.close() };
    },
  };
}

/** In milliseconds, for handlers that run on when a test is over. */
export const GRACE = 50;

const channelsBinding: ChannelBinding = channels("channels", false, channelPair);

/** Two transports, between which no messages pass but requests, answers and notifications by calls. */
const memoryBinding: Binding = {
  name: "memory",
  half: false,
  remembers: true,
  reach(server) {
    const [here, there] = memory();
    const serving = serve(server, there, { graceTimeout: GRACE });
    return { client: new TransportChannel(here), close: () => serving.close() };
  },
};

const webStreams: ChannelBinding = channels("web streams", true, () => {
  const up = new TransformStream<Uint8Array, Uint8Array>();
  const down = new TransformStream<Uint8Array, Uint8Array>();
  return {
    client: fromStreams({ readable: down.readable, writable: up.writable }),
    server: fromStreams({ readable: up.readable, writable: down.writable }),
  };
});

const nodeStreams: ChannelBinding = channels("Node streams", true, () => {
  const up = new PassThrough();
  const down = new PassThrough();
  return {
    client: fromStreams({ readable: down, writable: up }),
    server: fromStreams({ readable: up, writable: down }),
  };
});

const messagePorts: ChannelBinding = channels("message port", false, () => {
  const { port1, port2 } = new MessageChannel();
  return { client: messagePort(port1), server: messagePort(port2) };
});

const stdioBinding: ChannelBinding = channels("stdio", true, overStdio);

function http(host: Host, joined: Joined, options: HttpOptions, carries: (revision: Revision) => boolean): Binding {
  const name = carries === isModern ? `HTTP, ${host.name}` : `HTTP ${joined}, ${host.name}`;
  return {
    name,
    half: false,
    remembers: joined !== "stateless",
    closes: true,
    carries,
    reach(server, revision) {
      const client = new HttpChannel(host.carry(server, options), joined, isModern(revision) ? revision : undefined);
      return { client, close: () => client.close() };
    },
  };
}

const isLegacy = (revision: Revision): boolean => !isModern(revision);
/** Without a session each request says its revision in a header, which the oldest two do not have. */
const saysRevision = (revision: Revision): boolean => isLegacy(revision) && isSince(revision, "2025-06-18");

/** Every binding that joins two channels in this process. */
export const CHANNELS: readonly ChannelBinding[] = [
  channelsBinding,
  webStreams,
  nodeStreams,
  messagePorts,
  stdioBinding,
];

/** HTTP in all its forms, through every host. */
export const HTTP: readonly Binding[] = [
  ...HOSTS.map((host) => http(host, "session", {}, isModern)),
  ...HOSTS.map((host) => http(host, "session", {}, isLegacy)),
  ...TWO_HOSTS.map((host) => http(host, "stateless", { sessions: false }, saysRevision)),
  ...TWO_HOSTS.map((host) => http(host, "sse", { sse: true }, isLegacy)),
];

/** Every binding. */
export const BINDINGS: readonly Binding[] = [memoryBinding, ...CHANNELS, ...HTTP];

/** For the fine print, which has nothing to do with how messages travel. */
export const MEMORY: readonly ChannelBinding[] = [channelsBinding];

/** The revisions that open with `initialize`. */
export const LEGACY: readonly Revision[] = REVISIONS.filter((revision) => !isModern(revision));

/** The stateless revisions. */
export const MODERN: readonly Revision[] = REVISIONS.filter(isModern);

/** One revision of each era. */
export const BOTH_ERAS: readonly Revision[] = ["2025-11-25", "2026-07-28"];

/** The revisions from one on. */
export function since(first: Revision): readonly Revision[] {
  return REVISIONS.filter((revision) => isSince(revision, first));
}

/** The revisions before one. */
export function before(end: Revision): readonly Revision[] {
  return REVISIONS.filter((revision) => !isSince(revision, end));
}

/** Where a behaviour is to be seen. */
export interface Places {
  /** Default: all. */
  readonly revisions?: readonly Revision[];
  /** Default: all. */
  readonly bindings?: readonly Binding[];
  /** Whether only bindings over which a server remembers its clients can show it, on older revisions. Default false. */
  readonly remembers?: boolean;
}

/**
 * Makes one test for every binding and revision. After the body everything is closed, and the test fails when a message
 * of any connection broke the specification and was not marked.
 */
export function everywhere(title: string, places: Places, body: (joint: Joint) => Promise<void> | void): void {
  const { revisions = REVISIONS, bindings = BINDINGS, remembers = false } = places;
  for (const revision of revisions) {
    for (const binding of bindings) {
      if (binding.carries?.(revision) === false) continue;
      if (remembers && !binding.remembers && !isModern(revision)) continue;
      it(`${title} [${revision}, ${binding.name}]`, () => run(new Joint(binding, revision), body), PATIENCE);
    }
  }
}

/** The same, over one pair of channels in memory. */
export function inMemory(
  title: string,
  revisions: readonly Revision[],
  body: (joint: Joint) => Promise<void> | void,
): void {
  everywhere(title, { revisions, bindings: MEMORY }, body);
}

/** In milliseconds: far more than any test takes, and little enough for one that hangs. */
const PATIENCE = 3000;

async function run(joint: Joint, body: (joint: Joint) => Promise<void> | void): Promise<void> {
  try {
    await body(joint);
  } finally {
    await joint.close();
  }
  joint.verify();
}
