export { Answers } from "./answers.ts";
export { type Carrier, toTransport } from "./connectable.ts";
export { type NdjsonOptions, ndjson } from "./ndjson.ts";
export { peer } from "./peer.ts";
