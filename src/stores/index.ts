export { type MemoryKeyValueOptions, memoryKeyValue } from "./memory-key-value.ts";
export { type MemoryLogOptions, memoryLog } from "./memory-log.ts";
export { memoryPubSub } from "./memory-pub-sub.ts";
export type { Eventually, Json, KeyValue, Log, LogEntry, PubSub } from "./types.ts";
