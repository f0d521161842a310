import { ErrorCode, LocalError } from "../../errors.ts";
import { peer } from "../../jsonrpc/channels/index.ts";
import { after, type Call, onAbort, type Request, type Response, type Transport } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { HeaderName } from "../../protocol/index.ts";
import type { Reader } from "./endpoint.ts";
import type { Inbox } from "./inbox.ts";
import { type LegacyParts, streamOf } from "./legacy-reading.ts";
import { LegacySession, sessionId } from "./legacy-session.ts";
import { LegacySse } from "./legacy-sse.ts";
import { bodyOf, JSON_HEADERS } from "./post.ts";

/** What came of a handshake. */
export interface Opened {
  readonly response: Response;
  /** What was agreed on, where the server agreed. */
  readonly session?: LegacySession | undefined;
  /** The conversation with a server that knows only the transport of 2024-11-05. */
  readonly pipe?: Transport;
}

/** Statuses of servers that know only the transport of 2024-11-05. */
const OLDEST: ReadonlySet<number> = new Set([400, 404, 405]);

/** Opens a conversation by `initialize`; where the server does not know it this way, in the way of 2024-11-05. */
export async function openLegacy(parts: LegacyParts, inbox: Inbox, request: Request, call: Call): Promise<Opened> {
  let status = 0;
  let opened: Opened | undefined;
  let failure: unknown;
  try {
    opened = await handshake(parts, inbox, request, call, (given) => {
      status = given;
    });
  } catch (error) {
    failure = error;
  }
  if (OLDEST.has(status) && !isModernError(opened?.response)) {
    const pipe = await openPipe(parts, call);
    if (pipe !== undefined) return { pipe, response: await pipe.exchange(request, call) };
  }
  if (opened === undefined) throw failure;
  return opened;
}

/** Sends `initialize`. @param replied Told the status of the reply. */
export async function handshake(
  { calls, endpoint, ...parts }: LegacyParts,
  inbox: Inbox,
  request: Request,
  call: Call,
  replied?: (status: number) => void,
): Promise<Opened> {
  let id: string | undefined;
  const response = await calls.open(request, call, (waiting) => {
    const headers = (): Record<string, string> => (id === undefined ? {} : { [HeaderName.sessionId]: id });
    const body: Reader["body"] = (whole) => inbox.answer(whole, waiting);
    const stream = streamOf({ calls, endpoint, ...parts }, inbox, waiting, headers, body);
    const reader: Reader = {
      event: (event) => stream.event(event),
      retry: (milliseconds) => stream.retry(milliseconds),
      body: (whole) => stream.body(whole),
      end: (error) => stream.end(error),
      head: (status, header) => {
        stream.head(status, header);
        replied?.(status);
        try {
          id = sessionId(header);
        } catch (error) {
          waiting.reject(error);
        }
      },
    };
    const text = bodyOf(waiting.message);
    waiting.travel(endpoint.send({ method: "POST", headers: JSON_HEADERS, body: text }, reader));
  });
  if (response.error !== undefined) return { response };
  return { response, session: new LegacySession(request.params ?? {}, response.result, id) };
}

/** Tries the transport of 2024-11-05. @throws LocalError `invalid_response` where that would be a danger. */
async function openPipe(parts: LegacyParts, call: Call): Promise<Transport | undefined> {
  const { endpoint, problem, peerOptions, listener, finished } = parts;
  const channel = new LegacySse(endpoint, problem);
  const close = (): void => void channel.close();
  const unlisten = onAbort(call, close);
  const late = after(limits.probeTimeout, close);
  try {
    await channel.opened;
  } catch (error) {
    if (error instanceof LocalError && error.code === "invalid_response") throw error;
    return undefined;
  } finally {
    late();
    unlisten();
  }
  const pipe = peer(channel, peerOptions);
  const attached = listener();
  if (attached !== undefined) pipe.attach(attached);
  void pipe.closed.then(finished);
  return pipe;
}

/** Whether a handshake failed in a way that only a server of a newer revision knows. */
function isModernError(response: Response | undefined): boolean {
  const code = response?.error?.code ?? 0;
  return code <= ErrorCode.HeaderMismatch && code >= ErrorCode.UnsupportedProtocolVersion;
}
