import type { Revision } from "../protocol/index.ts";
import { deprecation, methodsOf } from "../protocol/methods/index.ts";
import type { ClientOptions } from "./options.ts";

/** What a client should be told that has handlers for what a revision advises against. */
export function deprecations({ on = {}, logLevel }: ClientOptions, version: Revision): readonly string[] {
  const { questions, notifications } = methodsOf(version);
  const used = [...Object.keys(on), ...(logLevel === undefined ? [] : ["notifications/message"])];
  return [...new Set(used)].flatMap((name) => {
    const row = questions.get(name) ?? notifications.get(name);
    return (row && deprecation(row, version)) ?? [];
  });
}
