export { type Parts, Pieces } from "../../jsonrpc/index.ts";
export { Endpoint } from "./endpoint.ts";
export { decode, textOfRead, tooLong } from "./body.ts";
export { type BodyReader, type HttpHeaders, HttpRefusal, type HttpRequest, type HttpSink } from "./facts.ts";
export { type FetchHandler, fetchHandler } from "./fetch.ts";
export type { GuardOptions } from "./guard.ts";
export { serveHttpRequest } from "./handler.ts";
export type { HttpOptions, SessionOptions } from "./options.ts";
