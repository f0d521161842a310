import { LATEST_LEGACY_REVISION, MethodNotFoundError, type Result, type Revision, REVISIONS } from "../index.ts";
import { undeclared } from "../server/extensions/index.ts";
import type { Context, ServerExtension } from "../server/index.ts";
import type { Board } from "./board.ts";
import { askedTtl, isAsked, legacyTask, serveLegacy } from "./legacy.ts";
import { created, isDeclared, serveModern, TASKS_ID } from "./modern.ts";
import type { Seen } from "./records.ts";

export { definition, detailed } from "./modern.ts";

/** Whether a tool can become a task, or must. */
export type TaskSupport = "optional" | "required";

/** How a call becomes a task in the revision of its client. */
export interface TaskWay {
  /** For how long the client wants it kept, in milliseconds, where it says so. */
  readonly ttl: unknown;
  /** The result that says that there is a task. */
  created(seen: Seen): Result;
}

/** Whether a revision is one of those in which tasks are an extension. */
export function hasExtension(revision: Revision): boolean {
  return REVISIONS.indexOf(revision) > REVISIONS.indexOf(LATEST_LEGACY_REVISION);
}

/** How a call becomes a task; `undefined` where it stays a plain call. Throws where it must be one and cannot. */
export function wayOf(context: Context, support: TaskSupport, tool: string): TaskWay | undefined {
  const { version } = context.client;
  if (hasExtension(version)) {
    if (isDeclared(context)) return { ttl: undefined, created };
    if (support === "required") throw undeclared(TASKS_ID, `The tool "${tool}"`);
  } else if (version === LATEST_LEGACY_REVISION) {
    if (isAsked(context)) return { ttl: askedTtl(context), created: legacyCreated };
    if (support === "required") throw new MethodNotFoundError(`The tool "${tool}" must be called as a task`);
  }
  return undefined;
}

function legacyCreated(seen: Seen): Result {
  return { task: legacyTask(seen) } as Result;
}

/** What the entry of a tool says in the lists of a revision. */
export function membersOf(support: TaskSupport, revision: Revision): object | undefined {
  return revision === LATEST_LEGACY_REVISION ? { execution: { taskSupport: support } } : undefined;
}

/** The requests of both eras. */
export function serve(board: Board, lists: boolean): ServerExtension {
  const extension = serveModern(board);
  const tasks = { ...(lists && { list: {} }), cancel: {}, requests: { tools: { call: {} } } };
  return {
    ...extension,
    answers: [...extension.answers, ...serveLegacy(board, lists)],
    declares: (revision) => (revision === LATEST_LEGACY_REVISION ? { tasks } : extension.declares(revision)),
  };
}
