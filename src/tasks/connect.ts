import type { ClientLink } from "../client/index.ts";
import { hasExtension } from "./dual.ts";
import { legacyTasks } from "./legacy-client.ts";
import { modernTasks } from "./modern-client.ts";
import type { TaskWire } from "./task-wire.ts";

export { augmenting } from "./legacy-client.ts";

/** How a client speaks of tasks over a connection. */
export function tasksOf(link: ClientLink): TaskWire {
  return hasExtension(link.version) ? modernTasks(link) : legacyTasks(link);
}
