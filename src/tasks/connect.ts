import { LATEST_LEGACY_REVISION, type Middleware, type Response } from "../index.ts";
import type { ClientLink } from "../client/index.ts";
import { hasExtension } from "./dual.ts";
import type { TaskWire } from "./task-wire.ts";

/** How a client speaks of tasks over a connection. What each era needs is loaded when a client first does. */
export async function tasksOf(link: ClientLink): Promise<TaskWire> {
  if (hasExtension(link.version)) return (await import("./modern-client.ts")).modernTasks(link);
  return (await import("./legacy-client.ts")).legacyTasks(link);
}

/** Asks servers of 2025-11-25 to make tasks of calls, from the handshake on that says that they can. */
export const augmenting: Middleware = (next) => {
  let way = next;
  const learn = async (response: Response): Promise<Response> => {
    const { protocolVersion, capabilities } = (response.result as Record<string, any> | undefined) ?? {};
    const isOn = capabilities?.tasks?.requests?.tools?.call !== undefined;
    way =
      isOn && protocolVersion === LATEST_LEGACY_REVISION ? (await import("./legacy-client.ts")).augmented(next) : next;
    return response;
  };
  return (request, call) => (request.method === "initialize" ? next(request, call).then(learn) : way(request, call));
};
