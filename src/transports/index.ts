export type { MessageOptions } from "./item.ts";
export { memory } from "./memory.ts";
export { messagePort } from "./message-port.ts";
export { fromMessages, type MessageStreams, type MessageWritable } from "./messages.ts";
export type { Port } from "./port.ts";
export { type ByteStreams, fromStreams, type WebReadable, type WebWritable } from "./streams.ts";
export { type WorkerPort, worker } from "./worker.ts";
