import type { Handlers } from "../../src/client/index.ts";
import type { Request } from "../../src/jsonrpc/index.ts";
import type { ClientCapabilities, Revision } from "../../src/protocol/index.ts";
import type { Context } from "../../src/server/index.ts";
import { LEGACY, since } from "./bindings.ts";
import type { Joint } from "./joint.ts";

const legacySince = (revision: Revision): Revision[] => since(revision).filter((other) => LEGACY.includes(other));

/** The revisions in which a server asks for forms by a request. */
export const WITH_FORMS: readonly Revision[] = legacySince("2025-06-18");

/** The revisions in which a server asks for visits of URLs by a request. */
export const WITH_URLS: readonly Revision[] = legacySince("2025-11-25");

/** What a handler's question comes to, with a client that answers as told. */
export async function asking(
  joint: Joint,
  ask: (context: Context) => unknown,
  on: Handlers = {},
  capabilities?: ClientCapabilities,
): Promise<unknown> {
  let outcome: unknown;
  const server = joint.server().tool("ask", {}, async (_, context) => {
    try {
      outcome = await ask(context);
    } catch (error) {
      outcome = error;
    }
    return "x";
  });
  const client = await joint.connect(server, { on, capabilities });
  await client.call("ask");
  return outcome;
}

/** What a server asked on the connection that was made last. */
export const asked = (joint: Joint): Request[] =>
  joint.tap.from("server").filter((message) => "method" in message && "id" in message) as Request[];
