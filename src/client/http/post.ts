import { LocalError } from "../../errors.ts";
import { after, encode, type Message, type Serialized, textOf } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Endpoint, Outgoing } from "./endpoint.ts";

/** What every POST of a message says of itself. */
export const JSON_HEADERS: Readonly<Record<string, string>> = {
  Accept: "application/json, text/event-stream",
  "Content-Type": "application/json",
};

/**
 * Posts what gets no response. Resolves when the server has accepted it.
 *
 * @throws LocalError `http` when it refuses, `timeout` when it says nothing for `limits.idleTimeout`.
 */
export function accepted(endpoint: Endpoint, outgoing: Omit<Outgoing, "method">): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = after(limits.idleTimeout, () => {
      sent.stop();
      reject(new LocalError("timeout", `The server did not accept a message in ${limits.idleTimeout} ms`));
    });
    const sent = endpoint.send(
      { ...outgoing, method: "POST", tied: true },
      {
        head(status) {
          if (status < 200 || status >= 300) return;
          late();
          resolve();
        },
        // A stream is no answer to what needs none.
        event: () => sent.stop(),
        body: (reply) => {
          late();
          reject(endpoint.refusal(reply));
        },
        end: (error) => {
          late();
          if (error === undefined) resolve();
          else reject(error);
        },
      },
    );
  });
}

/** The JSON text of a message, in one piece. */
export function bodyOf(message: Message | Serialized, failed?: (cause: unknown) => void): string {
  return textOf(encode(message, failed));
}
