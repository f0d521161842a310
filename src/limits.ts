/**
 * Every limit of mcplex with its reason, in one table. Each is an option where it acts; a value that is left out is
 * the one below. Sizes are bytes and times milliseconds unless the name says otherwise.
 */
export interface Limits {
  /** One line of a newline-delimited channel. A longer one is skipped and answered, and the channel lives on. */
  readonly lineBytes: number;
  /** Nesting of one message. Parsers of other languages die near 3,000 levels; envoys settled on 100. */
  readonly depth: number;
  /** Length of a string used as request id or progress token. Peers echo ids, so a long one costs twice. */
  readonly idLength: number;
  /** Length of a method name. */
  readonly methodLength: number;
  /** Length of a tool or prompt name that is looked up. */
  readonly nameLength: number;
  /** Length of a resource URI that is looked up. */
  readonly uriLength: number;
  /** Length of a cursor that a client sends. */
  readonly cursorLength: number;
  /** Requests of one connection, and questions of one result, that run at the same time; more requests wait in the queue. */
  readonly inFlight: number;
  /** Requests of one connection that wait for their turn; more are refused with -32603 and `data.limit`. */
  readonly queued: number;
  /** Own requests of one connection that wait for an answer; more are rejected at once. */
  readonly pending: number;
  /** A client's patience with a request on which nothing happens. Progress starts it anew. */
  readonly idleTimeout: number;
  /** A client's patience with a request, whatever happens on it. */
  readonly totalTimeout: number;
  /** How long a probe for the newest revision may stay without an answer before the older handshake is tried. */
  readonly probeTimeout: number;
  /** How long a handler may run on after its time-out or the end of its connection before it is given up. */
  readonly graceTimeout: number;
  /** Messages in one batch (revision 2025-03-26). Each starts a handler, and one line can hold thousands. */
  readonly batch: number;
  /** How long the last answers may take to leave when a pipe closes. */
  readonly flushTimeout: number;
  /** Entries on one page of a list. */
  readonly pageSize: number;
  /** Pages that a client's iterator follows before it gives up on a server that never ends its list. */
  readonly pages: number;
  /** Answers that a client keeps in memory for as long as the server allows; those that were not used longest go first. */
  readonly cacheEntries: number;
  /** Length of the answers that a client keeps in memory together, in characters. A longer one is never kept. */
  readonly cacheLength: number;
  /** How long an answer is kept at most, whatever the server says. */
  readonly cacheTime: number;
  /** How long a store of a client may take, before the client goes on without it: it is there to save time. */
  readonly cacheTimeout: number;
  /** Subscriptions open on one connection. */
  readonly listens: number;
  /** Resource URIs in one subscription. */
  readonly listenUris: number;
  /** Rounds of one call: so often the answer may be a question. */
  readonly rounds: number;
  /** Questions of one round: each is a window for the user, and a handler of the client. */
  readonly questions: number;
  /** What a call remembers from one round to the next, in bytes: its client carries it. */
  readonly stateBytes: number;
  /** How long a client may take to answer the questions of one round. */
  readonly stateTime: number;
  /** How long the steps that run may take to finish when a round ends with a question. */
  readonly stepTimeout: number;
  /** Changes of one subscription that its reader has not taken; of more, one is left that stands for all. */
  readonly untaken: number;
  /** How long a `PubSub` may take to listen, before a subscription is acknowledged without it. */
  readonly attendTimeout: number;
  /** Values in one completion answer, fixed by the specification. */
  readonly completionValues: number;
  /** The body of one HTTP request. Other servers settled on the same 4 MiB. */
  readonly bodyBytes: number;
  /** The value of one `Mcp-*` header: a name of the protocol, a third longer where it is encoded. */
  readonly headerLength: number;
  /** How long the body of a request may take to arrive. */
  readonly bodyTimeout: number;
  /** Requests that one HTTP endpoint answers at the same time; more are refused with status 503. */
  readonly requests: number;
  /** Sessions of one HTTP endpoint; more are refused with status 503, and no live one is put out. */
  readonly sessions: number;
  /** Sessions of one principal. */
  readonly sessionsPerPrincipal: number;
  /** How long a session may be idle, from the end of what was last done in it. */
  readonly sessionIdle: number;
  /** How long a session may last, whatever is done in it. */
  readonly sessionLifetime: number;
  /** How long a client may take to go on after its `initialize`, before its session is forgotten. */
  readonly sessionOpening: number;
  /** Subscriptions that one HTTP endpoint holds open; each hears every change. */
  readonly endpointListens: number;
  /** How often a stream of events says that it is alive, so that nothing on the way closes it. */
  readonly keepAlive: number;
  /** How long a reader may take nothing, before its stream of events is closed. */
  readonly stalledTimeout: number;
  /** What may wait for a reader of a stream of events, in characters; a handler that awaits its messages never gets there. */
  readonly unsentLength: number;
  /** Entries of one log in memory: messages that a client which lost its stream can still ask for. */
  readonly logEntries: number;
  /** Length of the entries of one log in memory, in characters. */
  readonly logLength: number;
  /** How long a log in memory is kept after its last entry. */
  readonly logTime: number;
  /** What is kept of a child's stderr, for the message of an early exit. */
  readonly stderrBytes: number;
  /** A reply over HTTP that is no stream, as a client takes it. Its connection is closed above that. */
  readonly replyBytes: number;
  /** One event of a stream over HTTP, in characters, as a client takes it. Its stream is closed above that. */
  readonly eventBytes: number;
  /** The shortest pause before a stream or a subscription is opened again, whatever the server says. */
  readonly retryLeast: number;
  /** The longest pause before a stream or a subscription is opened again, whatever the server says. */
  readonly retryMost: number;
  /** Times in a row that a stream is opened again without an event on it, or a subscription in vain, before it is given up. */
  readonly reconnects: number;
  /** A document of OAuth: metadata, a registration, the answer of a token endpoint. They have less than 10 KiB. */
  readonly oauthBytes: number;
  /** How long a request of OAuth may take, from the first byte to the last. */
  readonly oauthTimeout: number;
  /** How long a user may take to authorize a client. */
  readonly authorizationTime: number;
}

/** The defaults. */
export const limits: Limits = Object.freeze({
  lineBytes: 10 * 1024 * 1024,
  depth: 64,
  idLength: 256,
  methodLength: 128,
  nameLength: 256,
  uriLength: 4096,
  cursorLength: 4096,
  inFlight: 128,
  queued: 1024,
  pending: 1000,
  idleTimeout: 60_000,
  totalTimeout: 600_000,
  probeTimeout: 10_000,
  graceTimeout: 5_000,
  flushTimeout: 1_000,
  batch: 50,
  pageSize: 1000,
  pages: 64,
  cacheEntries: 1000,
  cacheLength: 4 * 1024 * 1024,
  cacheTime: 24 * 60 * 60_000,
  cacheTimeout: 1_000,
  listens: 16,
  listenUris: 256,
  rounds: 10,
  questions: 16,
  stateBytes: 64 * 1024,
  stateTime: 10 * 60_000,
  stepTimeout: 30_000,
  untaken: 1024,
  attendTimeout: 5_000,
  completionValues: 100,
  bodyBytes: 4 * 1024 * 1024,
  headerLength: 8192,
  bodyTimeout: 30_000,
  requests: 10_000,
  sessions: 10_000,
  sessionsPerPrincipal: 100,
  sessionIdle: 30 * 60_000,
  sessionLifetime: 24 * 60 * 60_000,
  sessionOpening: 30_000,
  endpointListens: 1024,
  keepAlive: 15_000,
  stalledTimeout: 30_000,
  unsentLength: 4 * 1024 * 1024,
  logEntries: 1000,
  logLength: 4 * 1024 * 1024,
  logTime: 10 * 60_000,
  stderrBytes: 64 * 1024,
  replyBytes: 16 * 1024 * 1024,
  eventBytes: 16 * 1024 * 1024,
  retryLeast: 500,
  retryMost: 60_000,
  reconnects: 5,
  oauthBytes: 256 * 1024,
  oauthTimeout: 10_000,
  authorizationTime: 5 * 60_000,
});
