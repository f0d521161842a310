import { PassThrough } from "node:stream";
import { it } from "vitest";
import type { Channel } from "../../src/jsonrpc/index.ts";
import { isModern, isSince, REVISIONS, type Revision } from "../../src/protocol/index.ts";
import { fromStreams, memory, messagePort } from "../../src/transports/index.ts";
import { Joint } from "./joint.ts";

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
  ends(): Ends;
}

const memoryBinding: Binding = {
  name: "memory",
  half: false,
  ends() {
    const [client, server] = memory();
    return { client, server };
  },
};

const webStreams: Binding = {
  name: "web streams",
  half: true,
  ends() {
    const up = new TransformStream<Uint8Array, Uint8Array>();
    const down = new TransformStream<Uint8Array, Uint8Array>();
    return {
      client: fromStreams({ readable: down.readable, writable: up.writable }),
      server: fromStreams({ readable: up.readable, writable: down.writable }),
    };
  },
};

const nodeStreams: Binding = {
  name: "Node streams",
  half: true,
  ends() {
    const up = new PassThrough();
    const down = new PassThrough();
    return {
      client: fromStreams({ readable: down, writable: up }),
      server: fromStreams({ readable: up, writable: down }),
    };
  },
};

const messagePorts: Binding = {
  name: "message port",
  half: false,
  ends() {
    const { port1, port2 } = new MessageChannel();
    return { client: messagePort(port1), server: messagePort(port2) };
  },
};

/**
 * Every binding that joins two ends in this process. A child process on stdio belongs here as well: the child then hands
 * its stdin and stdout on to a socket of this process, whose end is `server`.
 */
export const BINDINGS: readonly Binding[] = [memoryBinding, webStreams, nodeStreams, messagePorts];

/** For the fine print, which has nothing to do with how messages travel. */
export const MEMORY: readonly Binding[] = [memoryBinding];

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
}

/**
 * Makes one test for every binding and revision. After the body everything is closed, and the test fails when a message
 * of any connection broke the specification and was not marked.
 */
export function everywhere(title: string, places: Places, body: (joint: Joint) => Promise<void> | void): void {
  const { revisions = REVISIONS, bindings = BINDINGS } = places;
  for (const revision of revisions) {
    for (const binding of bindings) {
      it(`${title} [${revision}, ${binding.name}]`, () => run(new Joint(binding, revision), body), PATIENCE);
    }
  }
}

/** The same, over memory alone. */
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
