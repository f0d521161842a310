import {
  type Call,
  MetaKey,
  type Middleware,
  type Notification,
  type Request,
  type Response,
  Serialized,
} from "mcplex";

/**
 * Notes what goes over the wire, as the middleware of a client sees it: requests as they leave, and the notifications
 * and the response that come back.
 */
export class Wire {
  readonly #noted: { readonly text: string; times: number }[] = [];

  /** To be given to a client. */
  readonly middleware: Middleware = (next) => async (request, call) => {
    this.#note(`→ ${requestFacts(request)}`);
    const response = await next(
      request,
      overheard(call, (notification) => this.hear(notification)),
    );
    this.#note(`← ${responseFacts(response)}`);
    return response;
  };

  /** Notes a notification, also one that belongs to no request. */
  hear(notification: Pick<Notification, "method">): void {
    this.#note(`← ${notification.method}`);
  }

  /** What was noted since the last time, in order. */
  take(): string {
    const noted = this.#noted.splice(0);
    return noted.map(({ text, times }) => (times === 1 ? text : `${text} ×${times}`)).join("  ");
  }

  #note(text: string): void {
    const last = this.#noted.at(-1);
    if (last?.text === text) last.times += 1;
    else this.#noted.push({ text, times: 1 });
  }
}

/** The same call, with an ear on the notifications that it gets. */
function overheard(call: Call, hear: (notification: Notification) => void): Call {
  return {
    get signal() {
      return call.signal;
    },
    get values() {
      return call.values;
    },
    ask: call.ask,
    binding: call.binding,
    emit(notification) {
      hear(notification instanceof Serialized ? notification.value : notification);
      return call.emit(notification);
    },
  };
}

/** The method, and what the request says of the revision: in `_meta` each time, or once in the handshake. */
function requestFacts({ method, params = {} }: Request): string {
  const meta = (params["_meta"] ?? {}) as Record<string, unknown>;
  const version = meta[MetaKey.protocolVersion];
  const { protocolVersion } = params;
  if (version !== undefined) return `${method} {_meta: ${version}}`;
  return protocolVersion === undefined ? method : `${method} {protocolVersion: ${protocolVersion}}`;
}

/** The code of the error, or the members of the result; of what says who and how also the value. */
function responseFacts({ result, error }: Response): string {
  if (error !== undefined) return `error ${error.code}`;
  const plain = (result instanceof Serialized ? result.value : result) as Record<string, unknown>;
  const { resultType, protocolVersion, serverInfo, _meta = {}, ttlMs, cacheScope, ...payload } = plain;
  const signed = (_meta as Record<string, unknown>)[MetaKey.serverInfo];
  const facts: string[] = [];
  if (resultType !== undefined) facts.push(`resultType: ${resultType}`);
  if (signed !== undefined) facts.push(`_meta: ${nameOf(signed)}`);
  if (protocolVersion !== undefined) facts.push(`protocolVersion: ${protocolVersion}`);
  if (serverInfo !== undefined) facts.push(`serverInfo: ${nameOf(serverInfo)}`);
  if (ttlMs !== undefined || cacheScope !== undefined) facts.push("cache hints");
  return `result {${[...facts, ...Object.keys(payload)].join(", ")}}`;
}

function nameOf(info: unknown): string {
  const { name, version } = info as { name?: unknown; version?: unknown };
  return `${name} ${version}`;
}
