import { ErrorCode } from "../errors.ts";
import type { Message, Notification, Request, RequestId } from "./message.ts";
import { Serialized } from "./serialized.ts";

/** A long message in three parts, so that nobody joins them: write them one after another. */
export interface Parts {
  readonly head: string;
  readonly body: Uint8Array;
  readonly tail: string;
}

/**
 * The JSON text of a message; {@link Parts} where the result is kept as bytes.
 *
 * A response is always encoded: a result or error that is no JSON (a cycle, a BigInt, a getter that throws) becomes an
 * error -32603 for the same id, and `failed` is told the cause. A request or notification that is no JSON throws.
 */
export function encode(message: Message | Serialized, failed?: (cause: unknown) => void): string | Parts {
  if (message instanceof Serialized) return message.text;
  if ("method" in message) return encodeCall(message);
  const id = message.id === undefined ? "" : `,"id":${encodeId(message.id)}`;
  try {
    if (message.error !== undefined) return `{"jsonrpc":"2.0"${id},"error":${json(message.error)}}`;
    const { result } = message;
    if (!(result instanceof Serialized)) return `{"jsonrpc":"2.0"${id},"result":${json(result)}}`;
    if (result.bytes === undefined) return `{"jsonrpc":"2.0"${id},"result":${result.text}}`;
    return { head: `{"jsonrpc":"2.0"${id},"result":`, body: result.bytes, tail: "}" };
  } catch (cause) {
    tell(failed, cause);
    return `{"jsonrpc":"2.0"${id},"error":{"code":${ErrorCode.InternalError},"message":"Internal error"}}`;
  }
}

/** What stands in many messages, with its JSON text. */
const texts = new WeakMap<object, string>();

/** Makes the `_meta` of many messages: what JSON makes of a value, frozen to the last member, with its text kept. */
export function writtenOnce<T extends object>(value: T): T {
  const text = JSON.stringify(value);
  const frozen = JSON.parse(text, (_, member) => Object.freeze(member)) as T;
  texts.set(frozen, text);
  return frozen;
}

/** Whether something was made by {@link writtenOnce}: nothing can change it. */
export function isWrittenOnce(value: unknown): boolean {
  return texts.has(value as object);
}

function encodeCall(message: Request | Notification): string {
  const { params } = message;
  const meta = params?.["_meta"];
  const text = typeof meta === "object" && meta !== null ? texts.get(meta) : undefined;
  if (params === undefined || text === undefined || "toJSON" in params) return JSON.stringify(message);
  const id = "id" in message ? `,"id":${encodeId(message.id)}` : "";
  let members = "";
  for (const name of Object.keys(params)) {
    const member = name === "_meta" ? undefined : (JSON.stringify(params[name]) as string | undefined);
    if (member !== undefined) members += `${JSON.stringify(name)}:${member},`;
  }
  return `{"jsonrpc":"2.0"${id},"method":${JSON.stringify(message.method)},"params":{${members}"_meta":${text}}}`;
}

const decoder: TextDecoder = new TextDecoder();

/** An encoded message in one text. */
export function textOf(encoded: string | Parts): string {
  return typeof encoded === "string" ? encoded : encoded.head + decoder.decode(encoded.body) + encoded.tail;
}

/** Whoever hears of a failure must not cause another. */
function tell(failed: ((cause: unknown) => void) | undefined, cause: unknown): void {
  try {
    failed?.(cause);
  } catch {}
}

/** The JSON text of an id. */
export function encodeId(id: RequestId): string {
  return typeof id === "number" ? `${id}` : JSON.stringify(id);
}

function json(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError("A response needs a result that is JSON");
  return text;
}
