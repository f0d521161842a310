import { isObject } from "../../json.ts";
import { Malformed, type Message } from "../../jsonrpc/index.ts";
import type { Server } from "../index.ts";

/** The scopes of the tools that a message calls; a batch may call several. */
export function scopesOf({ tools }: Server, message: Message | Malformed): readonly string[] {
  const messages: readonly unknown[] = message instanceof Malformed ? (message.batch ?? []) : [message];
  const scopes = messages.flatMap((one) => {
    if (!isObject(one) || one["method"] !== "tools/call" || !isObject(one["params"])) return [];
    const { name } = one["params"];
    return (typeof name === "string" ? tools.get(name)?.scopes : undefined) ?? [];
  });
  return [...new Set(scopes)];
}
