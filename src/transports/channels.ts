/** What the channels of this folder are made of: loaded with the first of them. */
export { ndjson } from "../jsonrpc/channels/index.ts";
export { MessageChannel } from "./message-channel.ts";
export { PortChannel, WorkerChannel } from "./port-channel.ts";
