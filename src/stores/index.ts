export { type MemoryKeyValueOptions, memoryKeyValue } from "./memory-key-value.ts";
export { type MemoryLogOptions, memoryLog } from "./memory-log.ts";
export type { Eventually, Json, KeyValue, Log, LogEntry } from "./types.ts";
