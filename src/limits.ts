const KIB = 1024;
const MIB = 1024 * KIB;
const MINUTE = 60_000;

/**
 * Every limit of mcplex with its reason, in one table. Each is an option where it acts; a value that is left out is
 * the one below. Sizes are bytes and times milliseconds unless the name says otherwise.
 */
export class Limits {
  /** One line of a newline-delimited channel. A longer one is skipped and answered, and the channel lives on. */
  readonly lineBytes: number = 10 * MIB;
  /** Nesting of one message. Parsers of other languages die near 3,000 levels; envoys settled on 100. */
  readonly depth: number = 64;
  /** Length of a string used as request id or progress token. Peers echo ids, so a long one costs twice. */
  readonly idLength: number = 256;
  /** Length of a method name. */
  readonly methodLength: number = 128;
  /** Length of a tool or prompt name that is looked up. */
  readonly nameLength: number = 256;
  /** Length of a resource URI that is looked up. */
  readonly uriLength: number = 4096;
  /** Length of a cursor that a client sends. */
  readonly cursorLength: number = 4096;
  /** Requests of one connection, and questions of one result, that run at the same time; more requests wait in the queue. */
  readonly inFlight: number = 128;
  /** Requests of one connection that wait for their turn; more are refused with -32603 and `data.limit`. */
  readonly queued: number = 1024;
  /** Own requests of one connection that wait for an answer; more are rejected at once. */
  readonly pending: number = 1000;
  /** A client's patience with a request on which nothing happens. Progress starts it anew. */
  readonly idleTimeout: number = 60_000;
  /** A client's patience with a request, whatever happens on it. */
  readonly totalTimeout: number = 600_000;
  /** How long a probe for the newest revision may stay without an answer before the older handshake is tried. */
  readonly probeTimeout: number = 10_000;
  /** How long a handler may run on after its time-out or the end of its connection before it is given up. */
  readonly graceTimeout: number = 5_000;
  /** Messages in one batch (revision 2025-03-26). Each starts a handler, and one line can hold thousands. */
  readonly batch: number = 50;
  /** How long the last answers may take to leave when a pipe closes. */
  readonly flushTimeout: number = 1_000;
  /** Entries on one page of a list. */
  readonly pageSize: number = 1000;
  /** Pages that a client's iterator follows before it gives up on a server that never ends its list. */
  readonly pages: number = 64;
  /** Answers that a client keeps in memory for as long as the server allows; those that were not used longest go first. */
  readonly cacheEntries: number = 1000;
  /** Length of the answers that a client keeps in memory together, in characters. A longer one is never kept. */
  readonly cacheLength: number = 4 * MIB;
  /** How long an answer is kept at most, whatever the server says. */
  readonly cacheTime: number = 24 * 60 * MINUTE;
  /** How long a store of a client may take, before the client goes on without it: it is there to save time. */
  readonly cacheTimeout: number = 1_000;
  /** Subscriptions open on one connection. */
  readonly listens: number = 16;
  /** Resource URIs in one subscription. */
  readonly listenUris: number = 256;
  /** Rounds of one call: so often the answer may be a question. */
  readonly rounds: number = 10;
  /** Questions of one round: each is a window for the user, and a handler of the client. */
  readonly questions: number = 16;
  /** What a call remembers from one round to the next, in bytes: its client carries it. */
  readonly stateBytes: number = 64 * KIB;
  /** How long a client may take to answer the questions of one round. */
  readonly stateTime: number = 10 * MINUTE;
  /** How long the steps that run may take to finish when a round ends with a question. */
  readonly stepTimeout: number = 30_000;
  /** Changes of one subscription that its reader has not taken; of more, one is left that stands for all. */
  readonly untaken: number = 1024;
  /** How long a `PubSub` may take to listen, before a subscription is acknowledged without it. */
  readonly attendTimeout: number = 5_000;
  /** Values in one completion answer, fixed by the specification. */
  readonly completionValues: number = 100;
  /** The body of one HTTP request. Other servers settled on the same 4 MiB. */
  readonly bodyBytes: number = 4 * MIB;
  /** The value of one `Mcp-*` header: a name of the protocol, a third longer where it is encoded. */
  readonly headerLength: number = 8192;
  /** How long the body of a request may take to arrive. */
  readonly bodyTimeout: number = 30_000;
  /** Requests that one HTTP endpoint answers at the same time; more are refused with status 503. */
  readonly requests: number = 10_000;
  /** Sessions of one HTTP endpoint; more are refused with status 503, and no live one is put out. */
  readonly sessions: number = 10_000;
  /** Sessions of one principal. */
  readonly sessionsPerPrincipal: number = 100;
  /** How long a session may be idle, from the end of what was last done in it. */
  readonly sessionIdle: number = 30 * MINUTE;
  /** How long a session may last, whatever is done in it. */
  readonly sessionLifetime: number = 24 * 60 * MINUTE;
  /** How long a client may take to go on after its `initialize`, before its session is forgotten. */
  readonly sessionOpening: number = 30_000;
  /** Subscriptions that one HTTP endpoint holds open; each hears every change. */
  readonly endpointListens: number = 1024;
  /** How often a stream of events says that it is alive, so that nothing on the way closes it. */
  readonly keepAlive: number = 15_000;
  /** How long a reader may take nothing, before its stream of events is closed. */
  readonly stalledTimeout: number = 30_000;
  /** What may wait for a reader of a stream of events, in characters; a handler that awaits its messages never gets there. */
  readonly unsentLength: number = 4 * MIB;
  /** Entries of one log in memory: messages that a client which lost its stream can still ask for. */
  readonly logEntries: number = 1000;
  /** Length of the entries of one log in memory, in characters. */
  readonly logLength: number = 4 * MIB;
  /** How long a log in memory is kept after its last entry. */
  readonly logTime: number = 10 * MINUTE;
  /** What is kept of a child's stderr, for the message of an early exit. */
  readonly stderrBytes: number = 64 * KIB;
  /** A reply over HTTP that is no stream, as a client takes it. Its connection is closed above that. */
  readonly replyBytes: number = 16 * MIB;
  /** One event of a stream over HTTP, in characters, as a client takes it. Its stream is closed above that. */
  readonly eventBytes: number = 16 * MIB;
  /** The shortest pause before a stream or a subscription is opened again, whatever the server says. */
  readonly retryLeast: number = 500;
  /** The longest pause before a stream or a subscription is opened again, whatever the server says. */
  readonly retryMost: number = 60_000;
  /** Times in a row that a stream is opened again without an event on it, or a subscription in vain, before it is given up. */
  readonly reconnects: number = 5;
  /** A document of OAuth: metadata, a registration, the answer of a token endpoint. They have less than 10 KiB. */
  readonly oauthBytes: number = 256 * KIB;
  /** How long a request of OAuth may take, from the first byte to the last. */
  readonly oauthTimeout: number = 10_000;
  /** How long a user may take to authorize a client. */
  readonly authorizationTime: number = 5 * MINUTE;
}

/** The defaults. */
export const limits: Limits = Object.freeze(new Limits());
