import { DefinitionError, LocalError, ProtocolError, protocolErrorOf } from "../errors.ts";
import type { Carrier } from "../jsonrpc/channels/index.ts";
import { after, type Connector, type Response, type Transport } from "../jsonrpc/index.ts";
import { isObject } from "../json.ts";
import { limits } from "../limits.ts";
import {
  type ClientCapabilities,
  chosenRevisions,
  type Implementation,
  isModern,
  type Revision,
} from "../protocol/index.ts";
import type { Cache } from "./cache.ts";
import { Connection } from "./connection.ts";
import { withExtensions } from "./client-extension.ts";
import { capabilitiesOf } from "./handlers.ts";
import type { Link } from "./link.ts";
import { discovered, envelope, ModernLink, refused, type Verdict } from "./modern.ts";
import { type ClientOptions, checkClientOptions, type Prior } from "./options.ts";

/** What a client can connect to: a connector such as `stdio()`, a transport, a channel, or a pair of web streams. */
export type Connectable = Connector | Carrier;

/** The name that a client gives itself when its user does not name it. */
const ANONYMOUS: Implementation = { name: "mcplex", version: "0.0.0" };

/** A verdict on a server of an older revision is believed for this long. */
const LEGACY_BELIEVED = 24 * 60 * 60 * 1000;

/**
 * Opens a conversation: in the newest stateless revision that both sides have, else by the older handshake.
 *
 * The probe goes over the same connection; only where a server ends at the sight of it, the connection is opened anew.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export async function connect(
  connectable: Connectable,
  options: ClientOptions,
  cache: Cache | undefined,
): Promise<Connection> {
  checkClientOptions(options);
  const ours = chosenRevisions(options.revisions);
  const { signal } = options;
  if (signal?.aborted === true) throw aborted(signal);
  let connection = new Connection(await reach(connectable, options), options, cache);
  try {
    const verdict = await judge(connection, ours, options);
    if (verdict === "ended") {
      if (connection.failure !== undefined) throw connection.failure;
      if (!("open" in connectable)) throw new LocalError("closed", "The connection closed at the first request");
      connection = new Connection(await reach(connectable, options), options, cache);
    }
    connection.opened(await open(connection, ours, verdict === "ended" ? { legacy: true } : verdict, options));
    return connection;
  } catch (error) {
    await connection.transport.close();
    throw connection.failure ?? error;
  }
}

/** Finds out what the server speaks, by asking it where nothing is known. */
async function judge(
  connection: Connection,
  ours: readonly Revision[],
  options: ClientOptions,
): Promise<Verdict | "ended"> {
  const known = believed(options.prior, ours);
  if (known !== undefined) return known;
  const newest = ours.findLast(isModern);
  if (newest === undefined) return { legacy: true };
  const asked = await probe(connection, newest, options);
  if (asked instanceof LocalError) {
    if (ours.every(isModern)) throw asked;
    return asked.code === "closed" || asked.code === "exited" ? "ended" : { legacy: true };
  }
  if (asked.error === undefined) return discovered(asked.result, ours);
  const verdict = refused(protocolErrorOf(asked.error), ours);
  if (verdict instanceof ProtocolError) throw verdict;
  return verdict;
}

function believed(prior: Prior | undefined, ours: readonly Revision[]): Verdict | undefined {
  if (prior === undefined || !ours.includes(prior.version)) return undefined;
  if (isModern(prior.version)) return { modern: prior.version, found: { server: prior.server, staleAt: 0 } };
  return Date.now() - prior.at < LEGACY_BELIEVED ? { legacy: true } : undefined;
}

/** Older servers may be silent at a request that they do not know, answer nonsense, or end. */
const NO_ANSWER: ReadonlySet<string> = new Set(["timeout", "closed", "exited", "invalid_response"]);

async function probe(
  connection: Connection,
  version: Revision,
  options: ClientOptions,
): Promise<Response | LocalError> {
  const { signal, probeTimeout = limits.probeTimeout } = options;
  const params = { _meta: envelope(version, identityOf(version, options)) };
  try {
    return await connection.raw("server/discover", params, { signal, timeout: probeTimeout });
  } catch (error) {
    // HTTP tells more of why there is no answer, and its transport says what that means.
    if (error instanceof LocalError && (error.data["older"] ?? NO_ANSWER.has(error.code))) return error;
    throw error;
  }
}

async function open(
  connection: Connection,
  ours: readonly Revision[],
  verdict: Verdict,
  options: ClientOptions,
): Promise<Link> {
  if ("none" in verdict) throw noCommonVersion(verdict.none, ours);
  if ("legacy" in verdict) return openLegacy(connection, ours, options);
  if (verdict.found !== undefined)
    return new ModernLink(verdict.modern, verdict.found, identityOf(verdict.modern, options));
  const again = await probe(connection, verdict.modern, options);
  if (again instanceof LocalError) throw again;
  if (again.error !== undefined) throw protocolErrorOf(again.error);
  return open(connection, ours, discovered(again.result, ours), options);
}

async function openLegacy(connection: Connection, ours: readonly Revision[], options: ClientOptions): Promise<Link> {
  const newest = ours.findLast((revision) => !isModern(revision));
  if (newest === undefined) throw noCommonVersion(["older revisions"], ours);
  const { handshake, initialized } = await import("./legacy.ts");
  const { info = ANONYMOUS } = options;
  const params = handshake(newest, info, declaredIn(newest, options));
  const response = await patiently(options, () => {
    connection.handshaking();
    return connection.raw("initialize", params, { timeout: Number.POSITIVE_INFINITY });
  });
  if (response.error !== undefined) throw protocolErrorOf(response.error);
  const link = initialized(response.result, ours);
  if ("none" in link) throw noCommonVersion(link.none, ours);
  await connection.transport.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return link;
}

/** Waits for the handshake. It must not be cancelled on the wire: whoever gives it up closes the connection. */
function patiently<T>({ signal, timeout = limits.idleTimeout }: ClientOptions, start: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal));
    if (signal?.aborted === true) return stop();
    const late = new LocalError("timeout", `No answer to initialize after ${timeout} ms: is this an MCP server?`);
    const inTime = after(timeout, () => reject(late));
    signal?.addEventListener("abort", stop, { once: true });
    start()
      .then(resolve, reject)
      .finally(() => {
        inTime();
        signal?.removeEventListener("abort", stop);
      });
  });
}

function aborted(signal: AbortSignal | undefined): LocalError {
  return new LocalError("aborted", "Connecting was aborted", { cause: signal?.reason });
}

/** The two sides share no revision; `data.supported` has those of the server, as far as it said. */
function noCommonVersion(theirs: readonly string[], ours: readonly string[]): LocalError {
  const message = `The server speaks ${theirs.join(", ")}; this client speaks ${ours.join(", ")}`;
  return new LocalError("no_common_version", message, { data: { supported: theirs } });
}

function identityOf(version: Revision, options: ClientOptions): Parameters<typeof envelope>[1] {
  const { info = ANONYMOUS, logLevel } = options;
  return { info, capabilities: declaredIn(version, options), logLevel };
}

function declaredIn(version: Revision, { capabilities, on = {}, extensions }: ClientOptions): ClientCapabilities {
  return withExtensions(capabilitiesOf(on, capabilities), extensions, version);
}

async function reach(connectable: Connectable, { logger }: ClientOptions): Promise<Transport> {
  const given: unknown = connectable;
  if (!isObject(given) || !["open", "exchange", "receive", "readable"].some((member) => member in given)) {
    throw new DefinitionError("Connect to a transport, a channel, a connector or a pair of web streams");
  }
  const onProblem = (problem: unknown): void => logger?.warn("mcplex:", problem);
  if ("open" in connectable) return connectable.open({ onProblem });
  if ("exchange" in connectable) return connectable;
  // What a channel needs is loaded with the first one: a client over HTTP never does.
  const { toTransport } = await import("../jsonrpc/channels/index.ts");
  return toTransport(connectable, { onProblem });
}
