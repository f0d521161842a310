export { type CommandLine, type ConnectTarget, connect } from "./connect.ts";
export { type CreateFetchOptions, createFetch } from "./create-fetch.ts";
export { type NodeHandler, nodeHandler } from "./node-handler.ts";
export { type HttpServing, type ServeHttpOptions, serveHttp } from "./serve-http.ts";
export { fileTokenStore, receiveCallback } from "./oauth.ts";
export type { CallbackReceiver, ReceiveCallbackOptions } from "./receive-callback.ts";
