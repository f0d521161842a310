export * from "./errors.ts";
export {
  type Binding,
  type Call,
  type CallChanges,
  type Channel,
  type CloseReason,
  type Connector,
  deriveCall,
  type ErrorResponse,
  type Exchange,
  type Listener,
  Malformed,
  type Message,
  type Middleware,
  type Notification,
  type Params,
  type PeerOptions,
  type Principal,
  type Request,
  type RequestId,
  type Response,
  type ResultResponse,
  Serialized,
  type Transport,
  type ValueKey,
  Values,
  valueKey,
} from "./jsonrpc/index.ts";
export { type Limits, limits } from "./limits.ts";
export {
  LATEST_REVISION,
  MetaKey,
  REVISIONS,
  type Revision,
  type TraceContext,
  traceContext,
} from "./protocol/index.ts";
export type * from "./protocol/types/index.ts";
