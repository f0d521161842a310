export { ById, type Identified } from "./by-id.ts";
export { parse } from "./parse.ts";
export { Pending } from "./pending.ts";
export { refuse, toMessage } from "./to-message.ts";
