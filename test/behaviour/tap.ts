import { isObject } from "../../src/json.ts";
import {
  type Channel,
  encode,
  Malformed,
  type Message,
  type Notification,
  type Request,
  type RequestId,
  type Response,
} from "../../src/jsonrpc/index.ts";
import { parse } from "../../src/jsonrpc/wire/index.ts";
import {
  isModern,
  isRevision,
  LATEST_LEGACY_REVISION,
  LATEST_REVISION,
  type Revision,
} from "../../src/protocol/index.ts";
import { extensionMethods } from "./extension-methods.ts";
import {
  errorProblems,
  META,
  notificationProblems,
  type Problems,
  requestProblems,
  resultProblems,
  type Side,
} from "./wire-checks.ts";
import { fixtures } from "./wire-schemas.ts";

export type { Side } from "./wire-checks.ts";

/** A request that passed. */
interface Asked {
  readonly method: string;
  readonly revision: Revision;
  readonly token: unknown;
  progress: number;
  /** Its sender wants no answer any more; one that is on its way is no fault. */
  cancelled: boolean;
  /** Of a subscription: the first message must be the acknowledgement. */
  acknowledged: boolean;
}

/** A message that a test sends, or makes a handler send, against the rules. */
interface Excuse {
  readonly why: string;
  readonly matches: (message: Message | Malformed) => boolean;
  used: number;
}

/**
 * Hears every message of one connection and says which of them break the specification: its schema of the revision in
 * use, and the rules between messages that no schema can tell.
 */
export class Tap {
  /** What was wrong, one line each. */
  readonly violations: string[] = [];
  /** Everything that passed, in order. */
  readonly heard: { readonly from: Side; readonly message: Message | Malformed }[] = [];
  readonly #excuses: Excuse[] = [];
  readonly #asked: Record<Side, Map<RequestId, Asked>> = { client: new Map(), server: new Map() };
  readonly #used: Record<Side, Set<string>> = { client: new Set(), server: new Set() };
  /** What a message belongs to that says nothing of it. */
  readonly #assumed: Revision;
  #negotiated: Revision | undefined;

  constructor(assumed: Revision) {
    this.#assumed = assumed;
  }

  /** Marks deliberately bad messages; a mark that nothing needed is a fault of the test. */
  excuse(why: string, matches: (message: Message) => boolean): void {
    this.#excuses.push({ why, matches: (message) => !(message instanceof Malformed) && matches(message), used: 0 });
  }

  /** Lets pass what another kind of peer may say, whether it comes or not. */
  forgive(matches: (message: Message) => boolean): void {
    this.#excuses.push({ why: "", matches: (message) => !(message instanceof Malformed) && matches(message), used: 1 });
  }

  /** Marks one deliberately bad message by its text. */
  excuseOnly(text: string): void {
    const excuse: Excuse = {
      why: text,
      matches: (message) => excuse.used === 0 && (message instanceof Malformed || JSON.stringify(message) === text),
      used: 0,
    };
    this.#excuses.push(excuse);
  }

  /** Stands between a channel and the side that uses it. */
  on(channel: Channel, side: Side): Channel {
    const other = side === "client" ? "server" : "client";
    return {
      closed: channel.closed,
      send: (message) => {
        this.hear(side, parse(textOf(encode(message))));
        return channel.send(message);
      },
      receive: (listener) =>
        channel.receive((message) => {
          this.hear(other, message);
          listener(message);
        }),
      close: () => channel.close(),
    };
  }

  hear(from: Side, message: Message | Malformed): void {
    this.heard.push({ from, message });
    const problems = this.#problems(from, message).filter((problem) => problem !== undefined);
    if (problems.length === 0) return;
    const excuse = this.#excuses.find(({ matches }) => matches(message));
    if (excuse !== undefined) excuse.used++;
    else this.violations.push(`${from}: ${problems.join("; ")}\n    ${JSON.stringify(message).slice(0, 400)}`);
  }

  /** Throws what was found; call it when the conversation is over. */
  verify(): void {
    const needed = fixtures === undefined ? [] : this.#excuses.filter(({ used }) => used === 0);
    const unused = needed.map(({ why }) => `marked as bad and not seen: ${why}`);
    const found = [...this.violations, ...unused];
    if (found.length > 0) throw new Error(`The wire breaks the specification:\n${found.join("\n")}`);
  }

  /** The messages of one side, of one method where it is named. */
  from(side: Side, method?: string): Message[] {
    return this.heard.flatMap(({ from, message }) => {
      if (from !== side || message instanceof Malformed) return [];
      return method === undefined || ("method" in message && message.method === method) ? [message] : [];
    });
  }

  #problems(from: Side, message: Message | Malformed): Problems {
    if (message instanceof Malformed) return [`is no message: ${message.error.message}`];
    if (!("method" in message)) return this.#answered(from, message);
    if ("id" in message && message.id !== undefined) return this.#request(from, message);
    const revision = this.#revisionOfNotification(from, message);
    return [...this.#related(from, message, revision), ...notificationProblems(revision, from, message)];
  }

  #request(from: Side, message: Request): Problems {
    const revision = this.#revisionOf(message);
    const { id, method, params } = message;
    const earlier = this.#asked[from].get(id);
    const reused = !isModern(revision) && this.#used[from].has(JSON.stringify(id));
    const meta = params?.["_meta"];
    this.#used[from].add(JSON.stringify(id));
    this.#asked[from].set(id, {
      method,
      revision,
      token: isObject(meta) ? meta["progressToken"] : undefined,
      progress: Number.NEGATIVE_INFINITY,
      cancelled: false,
      acknowledged: false,
    });
    return [
      earlier !== undefined && !earlier.cancelled ? "JRPC-3: the id is outstanding already" : undefined,
      reused ? "JRPC-3: the id was used before" : undefined,
      ...requestProblems(revision, from, message),
    ];
  }

  /** The rules that tie a notification to a request. */
  #related(from: Side, notification: Notification, revision: Revision): Problems {
    const { method, params } = notification;
    if (method === "notifications/cancelled") return this.#cancelled(from, params?.["requestId"] as RequestId);
    if (method === "notifications/progress") {
      const asked = this.#withToken(from, params?.["progressToken"]);
      if (asked === undefined) return ["PROG-1: no request with this token is in flight"];
      const progress = params?.["progress"] as number;
      const problem = progress > asked.progress ? undefined : "PROG-1: progress did not increase";
      asked.progress = progress;
      return [problem];
    }
    const meta = params?.["_meta"];
    const tagged = isObject(meta) && Object.hasOwn(meta, `${META}subscriptionId`);
    const pushed = method.endsWith("/list_changed") || method === "notifications/resources/updated";
    if (!tagged) return isModern(revision) && pushed ? ["SUB-3: a change without the id of its subscription"] : [];
    const subscription = this.#asked.client.get(meta[`${META}subscriptionId`] as RequestId);
    if (subscription?.method !== "subscriptions/listen") return ["SUB-3: the id of no open subscription"];
    if (method === "notifications/subscriptions/acknowledged") {
      const twice = subscription.acknowledged;
      subscription.acknowledged = true;
      return [twice ? "SUB-2: acknowledged twice" : undefined];
    }
    return [
      subscription.acknowledged ? undefined : "SUB-2: a change before the acknowledgement",
      pushed || extensionMethods.has(method)
        ? undefined
        : "META-6: a notification of a request, tagged as one of a subscription",
    ];
  }

  #cancelled(from: Side, id: RequestId): Problems {
    const own = this.#asked[from].get(id);
    if (own?.method === "initialize") return ["CAN-2: initialize must not be cancelled"];
    const listen = this.#asked.client.get(id);
    const ended = own ?? (from === "server" && listen?.method === "subscriptions/listen" ? listen : undefined);
    if (ended === undefined || ended.cancelled) return [`CAN-2: no request ${JSON.stringify(id)} is in flight`];
    ended.cancelled = true;
    return [];
  }

  #answered(from: Side, message: Response): Problems {
    const requests = this.#asked[from === "client" ? "server" : "client"];
    const asked = message.id === undefined ? undefined : requests.get(message.id);
    if (message.id !== undefined) requests.delete(message.id);
    const revision = this.#answerRevision(asked, message);
    return [
      message.id !== undefined && asked === undefined ? "JRPC-2: it answers no request in flight" : undefined,
      isModern(revision) && from === "client" ? "STDIO-3: clients send no responses in this revision" : undefined,
      ...(message.error === undefined
        ? asked === undefined
          ? []
          : resultProblems(revision, asked.method, from, message)
        : errorProblems(revision, message)),
    ];
  }

  #answerRevision(asked: Asked | undefined, { result }: Response): Revision {
    if (asked?.method !== "initialize") return asked?.revision ?? this.#negotiated ?? this.#assumed;
    const chosen = isObject(result) ? result["protocolVersion"] : undefined;
    if (!isRevision(chosen)) return asked.revision;
    this.#negotiated = chosen;
    return chosen;
  }

  #revisionOf({ method, params }: Request): Revision {
    const meta = params?.["_meta"];
    const said = isObject(meta) ? meta[`${META}protocolVersion`] : undefined;
    if (said !== undefined) return isRevision(said) && isModern(said) ? said : LATEST_REVISION;
    if (method !== "initialize") return this.#negotiated ?? this.#assumed;
    const asked = params?.["protocolVersion"];
    return isRevision(asked) && !isModern(asked) ? asked : LATEST_LEGACY_REVISION;
  }

  #revisionOfNotification(from: Side, { method, params }: Notification): Revision {
    const meta = params?.["_meta"];
    if (isObject(meta) && Object.hasOwn(meta, `${META}subscriptionId`)) return LATEST_REVISION;
    const id = params?.["requestId"] as RequestId;
    const about =
      method === "notifications/cancelled"
        ? (this.#asked[from].get(id) ?? this.#asked.client.get(id))
        : method === "notifications/progress"
          ? this.#withToken(from, params?.["progressToken"])
          : undefined;
    return about?.revision ?? this.#negotiated ?? this.#assumed;
  }

  #withToken(from: Side, token: unknown): Asked | undefined {
    const requests = this.#asked[from === "client" ? "server" : "client"];
    return [...requests.values()].find((asked) => asked.token !== undefined && asked.token === token);
  }
}

function textOf(encoded: ReturnType<typeof encode>): string {
  return typeof encoded === "string" ? encoded : encoded.head + new TextDecoder().decode(encoded.body) + encoded.tail;
}
