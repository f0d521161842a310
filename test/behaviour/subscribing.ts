import type { Notification } from "../../src/jsonrpc/index.ts";
import type { MetaObject, SubscriptionFilter } from "../../src/protocol/index.ts";
import type { Server } from "../../src/server/index.ts";
import type { RawClient } from "./by-hand.ts";
import type { Joint } from "./joint.ts";

/** The key of a subscription's id. */
export const ID = "io.modelcontextprotocol/subscriptionId";

/** A server with one of everything. */
export const full = (joint: Joint): Server =>
  joint
    .server()
    .tool("t", {}, () => "x")
    .prompt("p", {}, () => "x")
    .resource("r:1", () => "x")
    .resource("n://{id}", () => "x");

/** The id of the subscription that a notification belongs to. */
export const idOf = ({ params }: Notification): unknown => (params?.["_meta"] as MetaObject | undefined)?.[ID];

/** Sends subscriptions/listen and waits for the acknowledgement. */
export async function listen(
  raw: RawClient,
  notifications: SubscriptionFilter,
  id: string | number,
): Promise<Notification> {
  raw.send(raw.compose("subscriptions/listen", { notifications }, id));
  return raw.next((message) => "method" in message && idOf(message as Notification) === id);
}

/** The notifications that tell of changes. */
export const changes = (raw: RawClient): Notification[] =>
  raw.received.filter(
    (message) => "method" in message && message.method !== "notifications/subscriptions/acknowledged",
  ) as Notification[];
