import { InternalError, LocalError } from "../errors.ts";
import {
  type Answered,
  after,
  type Call,
  deriveCall,
  failure,
  OpenCall,
  onAbort,
  type Request,
} from "../jsonrpc/index.ts";

/** How long a handler may still answer after its signal aborted, in milliseconds. */
const LAST_WORDS = 1000;

/**
 * Gives a handler a time to answer in: then its signal aborts, and a second later the caller gets -32603. What the
 * handler still gives after that is dropped. `report` is told.
 */
export function withTimeout(
  timeout: number,
  request: Request,
  call: Call,
  report: (error: unknown) => void,
  run: (call: Call) => Answered,
): Answered {
  const timed = new OpenCall(call);
  const unlisten = onAbort(call, (reason) => timed.abort(reason));
  // The client still waits when time is up, and what the handler has to say of it must reach it.
  const answered = run(deriveCall(timed, { emit: (notification) => call.emit(notification) }));
  if (!(answered instanceof Promise)) {
    unlisten();
    return answered;
  }
  return new Promise((resolve) => {
    let inTime = after(timeout, () => {
      const message = `No answer to ${request.method} within ${timeout} ms`;
      const late = new LocalError("timeout", message, { data: { timeout } });
      report(late);
      timed.abort(late);
      inTime = after(LAST_WORDS, () => resolve(failure(request.id, new InternalError(message, { timeout }))));
    });
    void answered.then(resolve).finally(() => {
      inTime();
      unlisten();
    });
  });
}
