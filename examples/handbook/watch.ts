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
 * tree. `onError` hears once when changes may be missed. It does not keep the process alive.
 */
export async function watchPages(
  folder: Folder,
  listener: (change: FolderChange) => void,
  onError: (error: unknown) => void,
): Promise<() => void> {
  const watcher = new Watcher(folder, listener, onError);
  await watcher.start();
  return () => watcher.stop();
}

class Watcher {
  readonly #folder: Folder;
  readonly #listener: (change: FolderChange) => void;
  readonly #onError: (error: unknown) => void;
  readonly #watched = new Map<string, FSWatcher>();
  #before: ReadonlyMap<string, string> = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failed = false;
  #stopped = false;

  constructor(folder: Folder, listener: (change: FolderChange) => void, onError: (error: unknown) => void) {
    this.#folder = folder;
    this.#listener = listener;
    this.#onError = onError;
  }

  async start(): Promise<void> {
    // Watched first and read then: what changes in between is an event.
    await this.#attend();
    this.#before = await stamps(this.#folder);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watched.values()) watcher.close();
  }

  #hint(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#compare().catch((error) => this.#problem(error)), QUIET).unref();
  }

  async #compare(): Promise<void> {
    await this.#attend();
    const now = await stamps(this.#folder);
    const change = difference(this.#before, now);
    this.#before = now;
    if (!this.#stopped && change.changed.length + change.listed.length > 0) this.#listener(change);
  }

  /** Watches the folders that there are now. */
  async #attend(): Promise<void> {
    const folders = new Set(await this.#folder.folders());
    for (const path of this.#watched.keys()) {
      if (!folders.has(path)) this.#leave(path);
    }
    for (const path of folders) {
      if (this.#stopped || this.#watched.has(path)) continue;
      try {
        const watcher = watch(path, { persistent: false }, () => this.#hint());
        watcher.on("error", () => {
          this.#leave(path);
          this.#hint();
        });
        this.#watched.set(path, watcher);
      } catch (error) {
        this.#problem(error);
      }
    }
  }

  #leave(path: string): void {
    this.#watched.get(path)?.close();
    this.#watched.delete(path);
  }

  #problem(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onError(error);
  }
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
