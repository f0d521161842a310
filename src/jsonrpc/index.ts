export { Bag, type InBag } from "./bag.ts";
export { type Channel, type CloseReason, closedError } from "./channel.ts";
export { type Deadline, Deadlines } from "./deadlines.ts";
export { encode, encodeId, isWrittenOnce, type Parts, textOf, writtenOnce } from "./encode.ts";
export {
  type AuthInfo,
  type Binding,
  type Call,
  Ending,
  type Exchange,
  type HttpFacts,
  type Middleware,
  type Principal,
  type ValueKey,
  Values,
  valueKey,
} from "./exchange.ts";
export {
  type AbortListener,
  type CallChanges,
  type Carrier,
  deriveCall,
  isAborted,
  listen,
  OpenCall,
  onAbort,
  unlisten,
} from "./open-call.ts";
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
export { type JsonWriter, Serialized } from "./serialized.ts";
export { after } from "./timer.ts";
export { schedule, TurnWriter } from "./turn.ts";
export type { Answered, Connector, Listener, Transport } from "./transport.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
