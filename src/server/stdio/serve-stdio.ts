import { type NodeReadable, type NodeWritable, nodePipe } from "../../jsonrpc/pipes/index.ts";
import { type Server, type Serving, serve } from "../index.ts";
import { takeStdout } from "./own-stdout.ts";

/** Options of {@link serveStdio}; all have defaults. */
export interface ServeStdioOptions {
  /**
   * Whether the process exits when its client has gone, and when SIGTERM or SIGINT asks it to, even while timers or
   * sockets are alive. Default true. With `false`, do so when `closed` settles: clients leave, and leave processes behind.
   */
  readonly exit?: boolean;
  /** How long requests may still be answered when the end has come, in milliseconds. Default `limits.graceTimeout`, 5 s. */
  readonly graceTimeout?: number;
  /** Where messages come from. Default `process.stdin`. */
  readonly stdin?: NodeReadable;
  /** Where messages go. Default `process.stdout`, and then whatever else the program prints there goes to stderr. */
  readonly stdout?: NodeWritable;
}

/**
 * Serves the client that started this process, over stdin and stdout.
 *
 * When the client goes, requests that are running are answered while the grace time lasts, then the process exits.
 * SIGTERM and SIGINT do the same; a second one, or one when the client has gone already, exits at once.
 *
 * @example
 * ```ts
 * serveStdio(new Server({ name: "hello", version: "1.0.0" }).tool("hello", {}, () => "Hello"));
 * ```
 * @throws DefinitionError when stdin and stdout are being served already.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports#stdio
 */
export function serveStdio(server: Server, options: ServeStdioOptions = {}): Serving {
  const { exit = true, graceTimeout } = options;
  const own = options.stdout === undefined ? takeStdout() : undefined;
  const readable = options.stdin ?? process.stdin;
  const writable = own ?? (options.stdout as NodeWritable);
  let ending = false;
  const gone = (): void => {
    ending = true;
  };
  readable.on("end", gone);
  readable.on("close", gone);
  const serving = serve(server, nodePipe(readable, writable), { graceTimeout });
  const close = (): Promise<void> => {
    ending = true;
    return serving.close();
  };
  const unlisten = exit ? onSignals(() => void (ending ? process.exit() : close())) : undefined;
  const closed = serving.closed.then((reason) => {
    unlisten?.();
    own?.release();
    if (reason.kind === "error" && !isGone(reason.error)) server.report(reason.error);
    // Whoever waits for `closed` gets this turn.
    if (exit) setImmediate(() => process.exit());
    return reason;
  });
  return { close, closed, [Symbol.asyncDispose]: close };
}

function onSignals(listener: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

/** Whether an error only says that the client has gone. */
function isGone(error: Error & { readonly code?: unknown }): boolean {
  return error.code === "EPIPE" || error.code === "ECONNRESET" || error.code === "ERR_STREAM_DESTROYED";
}
