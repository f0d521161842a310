import type { LoggingLevel } from "../protocol/index.ts";
import { LOGGING_LEVELS } from "../protocol/methods/index.ts";

/** Whether a message of this severity is wanted by who asked for `threshold` and above. */
export function isLogged(level: LoggingLevel, threshold: LoggingLevel | undefined): boolean {
  return threshold !== undefined && LOGGING_LEVELS.indexOf(level) >= LOGGING_LEVELS.indexOf(threshold);
}
