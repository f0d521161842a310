import { LocalError } from "../../errors.ts";
import type { CloseReason, PeerOptions } from "../../jsonrpc/index.ts";
import { HeaderName } from "../../protocol/index.ts";
import { lost, type Waiting } from "./calls.ts";
import type { Endpoint, Outgoing, Reader, Sent } from "./endpoint.ts";
import type { WholeReply } from "./failures.ts";
import type { Inbox, HttpParts } from "./inbox.ts";
import { LegacyStream } from "./legacy-stream.ts";
import type { StreamStatus } from "./options.ts";
import type { Pacing } from "./pacing.ts";

/** What a conversation of an older revision works with. */
export interface LegacyParts extends HttpParts {
  readonly pacing: Pacing;
  readonly peerOptions: PeerOptions;
  readonly onStatus: ((status: StreamStatus) => void) | undefined;
  /** The conversation is over, although nobody closed it. */
  readonly finished: (reason: CloseReason) => void;
}

/** Opens a stream with GET: from its beginning, or after an event. */
export function get(
  endpoint: Endpoint,
  headers: Outgoing["headers"] | undefined,
  lastEventId: string | undefined,
  reader: Reader,
): Sent {
  const own = { ...headers, Accept: "text/event-stream" };
  const resuming = lastEventId === undefined ? own : { ...own, [HeaderName.lastEventId]: lastEventId };
  return endpoint.send({ method: "GET", headers: resuming, tied: true }, reader);
}

/**
 * What reads the reply to a request, and the rest of it where its stream breaks off.
 *
 * @param headers What the GET says of the session.
 * @param body Takes a reply that is no stream.
 */
export function streamOf(
  { endpoint, pacing }: LegacyParts,
  inbox: Inbox,
  waiting: Waiting,
  headers: () => Outgoing["headers"] | undefined,
  body: (reply: WholeReply) => void,
): LegacyStream {
  const stream: LegacyStream = new LegacyStream(
    {
      endless: false,
      get: (lastEventId, reader) => {
        const sent = get(endpoint, headers(), lastEventId, reader);
        waiting.travel(sent);
        return sent;
      },
      take: (text) => inbox.text(text, waiting),
      done: () => {
        waiting.arrived();
        return waiting.over;
      },
      body: (reply, reopened) => {
        waiting.arrived();
        if (!reopened) body(reply);
        return !reopened || isNotResumed(reply, waiting);
      },
      // While it pauses, the stream itself is what can be stopped.
      reconnecting: () => waiting.travel(stream),
      lost: (error) => waiting.reject(lost(waiting, error)),
    },
    pacing,
  );
  return stream;
}

/** Whether it makes no sense to ask once more for the rest of a stream; the request fails then. */
function isNotResumed({ status }: WholeReply, waiting: Waiting): boolean {
  if (status >= 500 || status === 429) return false;
  const why = `its stream broke, and the server answers HTTP ${status} to who wants the rest`;
  waiting.reject(lost(waiting, new LocalError("closed", why)));
  return true;
}
