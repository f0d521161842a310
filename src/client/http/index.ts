export { http } from "./http.ts";
export type { HeaderSource, HttpOptions, StreamStatus } from "./options.ts";
export type { TlsOptions } from "./sender.ts";
