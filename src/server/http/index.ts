export { Pieces } from "../../jsonrpc/index.ts";
export { type HttpHeaders, HttpRefusal, type Parts } from "../../jsonrpc/index.ts";
export { Endpoint } from "./endpoint.ts";
export { decode, textOfRead, tooLong } from "./body.ts";
export type { BodyReader, HttpRequest, HttpSink } from "./facts.ts";
export { type FetchHandler, fetchHandler } from "./fetch.ts";
export type { GuardOptions } from "./guard.ts";
export { serveHttpRequest } from "./handler.ts";
export type { HttpOptions, SessionOptions } from "./options.ts";
