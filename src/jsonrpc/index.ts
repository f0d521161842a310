export { Bag, type InBag } from "./bag.ts";
export { type Channel, type CloseReason, closedError } from "./channel.ts";
export { type Deadline, Deadlines } from "./deadlines.ts";
export { encode, encodeId, isWrittenOnce, type Parts, textOf, writtenOnce } from "./encode.ts";
export {
  type AbortListener,
  type AuthInfo,
  type Binding,
  type Call,
  type CallChanges,
  deriveCall,
  Ending,
  type Exchange,
  type HttpFacts,
  isAborted,
  listen,
  type Middleware,
  OpenCall,
  onAbort,
  type Principal,
  unlisten,
  type ValueKey,
  Values,
  valueKey,
} from "./exchange.ts";
export { type HttpHeaders, HttpRefusal } from "./http-refusal.ts";
export {
  type ErrorResponse,
  failure,
  isRequestId,
  isResponse,
  Malformed,
  type Message,
  type Notification,
  type Params,
  type Request,
  type RequestId,
  type Response,
  type ResultResponse,
} from "./message.ts";
export { Pieces } from "./pieces.ts";
export type { PeerOptions } from "./peer-options.ts";
export { Serialized } from "./serialized.ts";
export { after } from "./timer.ts";
export { schedule, TurnWriter } from "./turn.ts";
export type { Answered, Connector, Listener, Transport } from "./transport.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
