import type { Carrier } from "../jsonrpc/channels/index.ts";
import {
  type Binding,
  type CloseReason,
  type Connector,
  deriveCall,
  Ending,
  type PeerOptions,
  type Request,
  type Transport,
} from "../jsonrpc/index.ts";
import type { Connection } from "./dual.ts";
import type { Server } from "./server.ts";

/** A connection that is being served. */
export interface Serving {
  /** Ends it: open subscriptions get their result, running requests their answer while the grace time lasts. */
  close(): Promise<void>;
  /** Settles, never rejects, when it is over. */
  readonly closed: Promise<CloseReason>;
  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What can be served: a connector such as an end of `memory()`, a channel, a transport, or a pair of web byte streams. */
export type Connectable = Connector | Carrier;

/** Options of {@link serve}; all have defaults. */
export interface ServeOptions extends Pick<PeerOptions, "binding" | "inFlight" | "queued" | "graceTimeout"> {
  /** What is known of one request, where those of a connection come in different ways. Default: what `binding` has. */
  readonly bindingOf?: (request: Request) => Binding | undefined;
}

/**
 * Serves one connection. A server can serve any number of them at the same time.
 *
 * @example
 * ```ts
 * const [here, there] = memory();
 * serve(server, there);
 * const client = await Client.connect(here);
 * ```
 */
export function serve(server: Server, connectable: Connectable, options: ServeOptions = {}): Serving {
  const ending = new Ending();
  const opened = begin(server, connectable, options, ending);
  const closed = opened.then(
    ({ transport, connection }) =>
      transport.closed.finally(() => {
        ending.end();
        connection.close();
      }),
    (error: Error): CloseReason => {
      server.report(error);
      return { kind: "error", error };
    },
  );
  const close = async (): Promise<void> => {
    await opened.then(({ transport }) => transport.end()).catch(() => {});
  };
  return { close, closed, [Symbol.asyncDispose]: close };
}

/** What serving needs is loaded with the first connection. */
async function begin(
  server: Server,
  connectable: Connectable,
  options: ServeOptions,
  ending: Ending,
): Promise<{ readonly transport: Transport; readonly connection: Connection }> {
  const onProblem = (problem: unknown): void => server.report(problem);
  const binding = { ...options.binding, ending };
  const [transport, { dual }] = await Promise.all([
    reach(connectable, { ...options, binding, onProblem }),
    import("./serving/index.ts"),
  ]);
  const connection = dual(server, (notification) => void transport.send(notification));
  const { bindingOf } = options;
  // A transport that was made elsewhere knows nothing of this connection.
  const ask: Connection["ask"] =
    transport === connectable || bindingOf !== undefined
      ? (request, call) =>
          connection.ask(
            request,
            deriveCall(call, { binding: { ...call.binding, ...binding, ...bindingOf?.(request) } }),
          )
      : connection.ask;
  transport.attach({ ...connection, ask, end: () => ending.end() });
  return { transport, connection };
}

async function reach(connectable: Connectable, options: PeerOptions): Promise<Transport> {
  if ("open" in connectable) return connectable.open(options);
  if ("exchange" in connectable) return connectable;
  const { toTransport } = await import("../jsonrpc/channels/index.ts");
  return toTransport(connectable, options);
}
