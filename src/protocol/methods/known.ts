import { isSince, type Revision, SINCE } from "../index.ts";

/** Since when members exist; those that are not named always did. */
export type MembersSince = Readonly<Record<string, Revision>>;

/** Of entries of lists, and of content blocks. */
export const ENTRY_SINCE: MembersSince = {
  title: SINCE.title,
  _meta: SINCE.meta,
  outputSchema: SINCE.structuredContent,
  icons: SINCE.icons,
};

/** Of what a server or a client says of itself. */
export const IMPLEMENTATION_SINCE: MembersSince = {
  title: SINCE.title,
  description: SINCE.icons,
  icons: SINCE.icons,
  websiteUrl: SINCE.icons,
};

/** A copy without the members that came after a revision. */
export function known<T extends object>(value: T, revision: Revision, members: MembersSince): T {
  const kept = Object.entries(value).filter(([name]) => {
    const since = Object.hasOwn(members, name) ? members[name] : undefined;
    return since === undefined || isSince(revision, since);
  });
  return Object.fromEntries(kept) as T;
}
