import type { LoggingLevel } from "../protocol/index.ts";

/** The severities, least first. */
const LEVELS: readonly LoggingLevel[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** Whether a message of this severity is wanted by who asked for `threshold` and above. */
export function isLogged(level: LoggingLevel, threshold: LoggingLevel | undefined): boolean {
  return threshold !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(threshold);
}
