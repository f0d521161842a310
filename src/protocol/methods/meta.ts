import { isObject } from "../../json.ts";
import { type RequestId } from "../../jsonrpc/index.ts";
import { type Check, members, string } from "./check-fields.ts";
import { clientCapabilities, implementation, loggingLevel, requestId } from "./check-meta.ts";
import { MetaKey } from "../index.ts";
import type {
  ClientCapabilities,
  Implementation,
  LoggingLevel,
  MetaObject,
  RelatedTaskMetadata,
} from "../types/index.ts";

/** What stands at each key of {@link MetaKey}. */
export interface MetaValues {
  readonly [MetaKey.protocolVersion]: string;
  readonly [MetaKey.clientCapabilities]: ClientCapabilities;
  readonly [MetaKey.clientInfo]: Implementation;
  readonly [MetaKey.logLevel]: LoggingLevel;
  readonly [MetaKey.serverInfo]: Implementation;
  readonly [MetaKey.subscriptionId]: RequestId;
  readonly [MetaKey.relatedTask]: RelatedTaskMetadata;
  readonly [MetaKey.modelImmediateResponse]: string;
}

const checks: Readonly<Record<MetaKey, Check>> = {
  [MetaKey.protocolVersion]: string,
  [MetaKey.clientCapabilities]: clientCapabilities,
  [MetaKey.clientInfo]: implementation,
  [MetaKey.logLevel]: loggingLevel,
  [MetaKey.serverInfo]: implementation,
  [MetaKey.subscriptionId]: requestId,
  [MetaKey.relatedTask]: members({ taskId: string }),
  [MetaKey.modelImmediateResponse]: string,
};

/** The `_meta` of parameters, a result or anything else that can have one; undefined when there is none. */
export function metaOf(holder: unknown): MetaObject | undefined {
  if (!isObject(holder) || !Object.hasOwn(holder, "_meta")) return undefined;
  return isObject(holder["_meta"]) ? holder["_meta"] : undefined;
}

/** The value at one of the protocol's own keys; undefined when it is not there or not what the protocol says it is. */
export function metaValue<Key extends MetaKey>(meta: MetaObject | undefined, key: Key): MetaValues[Key] | undefined {
  if (meta === undefined || !Object.hasOwn(meta, key)) return undefined;
  return checks[key](meta[key]) === undefined ? (meta[key] as MetaValues[Key]) : undefined;
}
