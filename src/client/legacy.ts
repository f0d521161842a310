import { LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Notification, type Params } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type Implementation,
  type InitializeResult,
  isModern,
  isRevision,
  type MetaObject,
  type Revision,
  type SubscriptionFilter,
  type Method,
} from "../protocol/index.ts";
import { honoured, IMPLEMENTATION_SINCE, initializeResult, isWanted, known } from "../protocol/methods/index.ts";
import type { Link, ServerFacts } from "./link.ts";
import type { Subscribing } from "./subscription.ts";

/** The parameters of the handshake. */
export function handshake(version: Revision, info: Implementation, capabilities: ClientCapabilities): Params {
  return { protocolVersion: version, capabilities, clientInfo: known(info, version, IMPLEMENTATION_SINCE) };
}

/** Reads the answer to the handshake: the conversation, or the revision that the server chose where it is not ours. */
export function initialized(result: unknown, ours: readonly Revision[]): LegacyLink | { none: readonly string[] } {
  const problem = initializeResult(result);
  if (problem !== undefined)
    throw new LocalError("invalid_response", `The answer to initialize is invalid: ${problem}`);
  const { protocolVersion, capabilities, serverInfo, instructions } = result as InitializeResult;
  if (!isRevision(protocolVersion) || isModern(protocolVersion) || !ours.includes(protocolVersion)) {
    return { none: [protocolVersion] };
  }
  return new LegacyLink(protocolVersion, { info: serverInfo, capabilities, instructions });
}

/** A subscription. */
interface Subscribed {
  readonly subscribing: Subscribing;
  /** The part of its filter that the server serves. */
  readonly filter: SubscriptionFilter;
  /** What is told of it may be lost; with an error, it is over. Nothing is lost before it was agreed to. */
  missed: (error: Error | undefined) => void;
}

/** A conversation that `initialize` opened. */
export class LegacyLink implements Link {
  readonly version: Revision;
  readonly server: ServerFacts;
  readonly answers = true;
  readonly staleAt: number = Number.POSITIVE_INFINITY;
  readonly #subscribed = new Set<Subscribed>();
  /** Why nothing is heard of what the server says unasked. */
  #deaf: Error | undefined;

  constructor(version: Revision, server: ServerFacts) {
    this.version = version;
    this.server = server;
  }

  params(params: Params, meta: MetaObject | undefined): Params {
    return meta === undefined ? params : { ...params, _meta: meta };
  }

  result(method: Method, result: unknown): unknown {
    if (!isObject(result)) throw new LocalError("invalid_response", `The result of ${method.name} is no object`);
    return result;
  }

  /** Older servers tell of list changes unasked, and of resources after `resources/subscribe`. */
  async listen(subscribing: Subscribing): Promise<void> {
    const { signal, request } = subscribing;
    const filter = honoured(subscribing.filter, this.server.capabilities);
    const uris = filter.resourceSubscriptions ?? [];
    const open: Subscribed = { subscribing, filter, missed: () => {} };
    this.#subscribed.add(open);
    try {
      await Promise.all(uris.map((uri) => request("resources/subscribe", { uri }, { signal })));
      if (this.#deaf !== undefined) throw this.#deaf;
      subscribing.acknowledged(filter);
      await new Promise<void>((resolve, reject) => {
        open.missed = (error) => (error === undefined ? subscribing.missed() : reject(error));
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      this.#subscribed.delete(open);
      const others = [...this.#subscribed];
      const left = uris.filter((uri) => !others.some((other) => other.filter.resourceSubscriptions?.includes(uri)));
      await Promise.allSettled(left.map((uri) => request("resources/unsubscribe", { uri })));
    }
  }

  missed(error: Error | undefined): void {
    this.#deaf = error;
    for (const { missed } of [...this.#subscribed]) missed(error);
  }

  emit(notification: Notification): void {
    for (const { subscribing, filter } of this.#subscribed) {
      if (isWanted(filter, notification)) subscribing.changed(notification);
    }
  }
}
