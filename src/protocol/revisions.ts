import { DefinitionError, UnsupportedProtocolVersionError } from "../errors.ts";

/** A revision of the protocol, named by its date. @see https://modelcontextprotocol.io/specification/versioning */
export type Revision = "2024-11-05" | "2025-03-26" | "2025-06-18" | "2025-11-25" | "2026-07-28";

/** Every revision that mcplex speaks, oldest first. */
export const REVISIONS: readonly Revision[] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

/** The newest revision. Handlers are written in its terms. */
export const LATEST_REVISION: Revision = "2026-07-28";

/** The newest of the revisions that open with `initialize`. */
export const LATEST_LEGACY_REVISION: Revision = "2025-11-25";

/** The revisions before which something did not exist, under the names of what they brought. */
export const SINCE = {
  audio: "2025-03-26",
  completions: "2025-03-26",
  progressMessage: "2025-03-26",
  toolAnnotations: "2025-03-26",
  title: "2025-06-18",
  resourceLink: "2025-06-18",
  structuredContent: "2025-06-18",
  meta: "2025-06-18",
  icons: "2025-11-25",
  emptyEvents: "2025-11-25",
  elicitationUrl: "2025-11-25",
  multiSelect: "2025-11-25",
  rounds: "2026-07-28",
} as const;

/** Whether a value names a revision that mcplex speaks. */
export function isRevision(value: unknown): value is Revision {
  return REVISIONS.includes(value as Revision);
}

/** Whether `revision` is `other` or newer. */
export function isSince(revision: Revision, other: Revision): boolean {
  // Their names are dates.
  return revision >= other;
}

/** Whether a revision is stateless: every request says in `_meta` what a handshake said before. */
export function isModern(revision: Revision): boolean {
  return isSince(revision, "2026-07-28");
}

/** The error for a revision that is unknown or switched off, with those that are spoken. */
export function unsupportedVersion(
  supported: readonly Revision[],
  requested: unknown,
): UnsupportedProtocolVersionError {
  return new UnsupportedProtocolVersionError(`Unsupported protocol version: ${requested}`, { supported, requested });
}

/** The revisions that a program chose, oldest first; all where it did not. @throws DefinitionError for unknown ones. */
export function chosenRevisions(chosen: readonly Revision[] = REVISIONS): readonly Revision[] {
  for (const revision of chosen) {
    if (!isRevision(revision)) {
      throw new DefinitionError(`Unknown revision "${revision}". Known: ${REVISIONS.join(", ")}`);
    }
  }
  if (chosen.length === 0) throw new DefinitionError("At least one revision is needed");
  return REVISIONS.filter((revision) => chosen.includes(revision));
}

/** Whether a revision has what exists from one revision on, and until another one where there is one. */
export function exists(span: { readonly since: Revision; readonly until?: Revision }, revision: Revision): boolean {
  return isSince(revision, span.since) && (span.until === undefined || isSince(span.until, revision));
}
