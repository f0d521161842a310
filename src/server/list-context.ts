import type { AuthInfo, Binding, Call, HttpFacts, Values } from "../jsonrpc/index.ts";
import type { MetaObject } from "../protocol/index.ts";
import { type TraceContext, traceContext } from "../protocol/methods/index.ts";
import type { ClientFacts } from "./client-facts.ts";

/** What list, completion and visibility callbacks get: who asks, and nothing that could ask back. */
export class ListContext {
  /** Who asks. */
  readonly client: ClientFacts;
  /** The `_meta` of the request; empty when it has none. */
  readonly meta: MetaObject;
  /** @internal The call that the binding made. */
  readonly underlying: Call;

  constructor(call: Call, client: ClientFacts, meta: MetaObject) {
    this.underlying = call;
    this.client = client;
    this.meta = meta;
  }

  /** Aborts when the client no longer wants the answer. */
  get signal(): AbortSignal {
    return this.underlying.signal;
  }

  /**
   * The W3C trace context of the request, to be handed on: `client.call(name, args, { meta: { ...context.trace } })`.
   * What is malformed is left out.
   *
   * @see https://www.w3.org/TR/trace-context/
   */
  get trace(): TraceContext {
    return traceContext(this.meta);
  }

  /** What middleware left for this request. */
  get values(): Values {
    return this.underlying.values;
  }

  /** The HTTP request that brought the message; `undefined` where none did. */
  get http(): HttpFacts | undefined {
    return this.underlying.binding?.http;
  }

  /** Who asks and what they may do, where requests are authorized; see `protect` of `mcplex/auth/server`. */
  get auth(): AuthInfo | undefined {
    return this.underlying.binding?.principal?.auth;
  }

  /** What the binding knows of the request beside the message. */
  get binding(): Binding | undefined {
    return this.underlying.binding;
  }
}
