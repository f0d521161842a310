import { Malformed, type Message } from "../../jsonrpc/index.ts";
import type { Server } from "../index.ts";

/** What tells of a call in a message, which may be anything. */
type Told = { readonly method?: unknown; readonly params?: { readonly name?: unknown } } | null | undefined;

/** The scopes of the tools that a message calls; a batch may call several. */
export function scopesOf({ tools }: Server, message: Message | Malformed): readonly string[] {
  const messages = [message instanceof Malformed ? message.batch : message].flat() as readonly Told[];
  return messages.flatMap((one) =>
    one?.method === "tools/call" ? (tools.get(one.params?.name as string)?.scopes ?? []) : [],
  );
}
