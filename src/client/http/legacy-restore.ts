import { isObject } from "../../json.ts";
import {
  type Notification,
  OpenCall,
  type Params,
  type Request,
  type Response,
  Serialized,
} from "../../jsonrpc/index.ts";

/** The call of a request that this side sends on its own. `told` gets what the server tells meanwhile. */
export function ownCall(told: (notification: Notification) => void): OpenCall {
  return new OpenCall({
    emit: (notification) => told(notification instanceof Serialized ? notification.value : notification),
  });
}

/** What a client set in a session, so that it can be set in the next one when that is lost. */
export class LegacyMemory {
  #level: Params | undefined;
  readonly #subscribed = new Set<unknown>();

  /** Whether a request sets something. */
  concerns({ method }: Request): boolean {
    return method === "logging/setLevel" || method === "resources/subscribe" || method === "resources/unsubscribe";
  }

  /** A request that sets something got its answer, which it gives back. */
  learn({ method, params }: Request, response: Response): Response {
    if (response.error !== undefined) return response;
    if (method === "logging/setLevel") this.#level = params;
    else if (method === "resources/subscribe") this.#subscribed.add(params?.["uri"]);
    else this.#subscribed.delete(params?.["uri"]);
    return response;
  }

  /** What sets it all again. */
  get requests(): { readonly method: string; readonly params: Params }[] {
    const subscribing = [...this.#subscribed].map((uri) => ({ method: "resources/subscribe", params: { uri } }));
    return this.#level === undefined
      ? subscribing
      : [{ method: "logging/setLevel", params: this.#level }, ...subscribing];
  }

  /** What may have changed since the session before: all that the server says it tells of. */
  changes(capabilities: unknown): Notification[] {
    const lists = ["tools", "prompts", "resources"].filter((name) => {
      const declared = isObject(capabilities) ? capabilities[name] : undefined;
      return isObject(declared) && declared["listChanged"] === true;
    });
    return [
      ...lists.map((name) => ({ jsonrpc: "2.0", method: `notifications/${name}/list_changed` }) as const),
      ...[...this.#subscribed].map(
        (uri) => ({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } }) as const,
      ),
    ];
  }
}
