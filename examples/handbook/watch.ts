import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Folder } from "./folder.ts";

/** What happened to the pages of a folder since the last time. */
export interface FolderChange {
  /** Pages with another text. */
  readonly changed: readonly string[];
  /** Pages that came or went. */
  readonly listed: readonly string[];
}

/** A save is often several events; they are looked at together when none came for this many milliseconds. */
const QUIET = 50;

/**
 * Tells of changes to the pages of a folder, until the function that it gives back is called.
 *
 * An event of the file system is only taken as a hint to compare the pages with what they were: what platforms report
 * differs, and some reports have no file name. Each folder is watched by itself, since not every platform can watch a
 * tree. It does not keep the process alive.
 */
export async function watchPages(
  folder: Folder,
  listener: (change: FolderChange) => void,
  onError: (error: unknown) => void,
): Promise<() => void> {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let before = new Map<string, string>();

  const hint = (): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => compare().catch(onError), QUIET).unref();
  };
  const compare = async (): Promise<void> => {
    await attend();
    const now = await stamps(folder);
    const change = difference(before, now);
    before = now;
    if (!stopped && change.changed.length + change.listed.length > 0) listener(change);
  };
  /** Watches folders that are new, and none that went. */
  const attend = async (): Promise<void> => {
    const folders = new Set(await folder.folders());
    for (const [path, watcher] of watchers) {
      if (folders.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of folders) {
      if (stopped || watchers.has(path)) continue;
      const watcher = watch(path, { persistent: false }, hint);
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(path);
        hint();
      });
      watchers.set(path, watcher);
    }
  };

  await attend();
  before = await stamps(folder);
  return () => {
    stopped = true;
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** What tells one state of a page from another, by path. */
async function stamps(folder: Folder): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of await folder.paths()) {
    const state = await stat(join(folder.root, path)).catch(() => undefined);
    if (state !== undefined) found.set(path, `${state.mtimeMs} ${state.size} ${state.ino}`);
  }
  return found;
}

function difference(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): FolderChange {
  const changed = [...now].filter(([path, stamp]) => before.has(path) && before.get(path) !== stamp);
  const came = [...now.keys()].filter((path) => !before.has(path));
  const went = [...before.keys()].filter((path) => !now.has(path));
  return { changed: changed.map(([path]) => path), listed: [...came, ...went] };
}
