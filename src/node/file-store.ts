import { createHash, randomUUID } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TokenStore } from "../auth/client/index.ts";
import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Json } from "../stores/index.ts";

/** A lock of which nobody has said for so long that it is still held, belongs to a process that is gone. */
const STALE = 10_000;
/** How often it is said. */
const BEAT = 2_000;
/** How often who waits for a lock looks at it. */
const LOOK = 25;

interface Entry {
  readonly value: Json;
  readonly until?: number;
}

type Entries = Record<string, Entry>;

/** A store in one file. */
export class FileStore implements TokenStore {
  readonly #path: string;
  /** Changes of this process, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async get(owner: string, key: string): Promise<Json | undefined> {
    const entry = (await this.#read())[placeOf(owner, key)];
    return entry === undefined || isOver(entry) ? undefined : entry.value;
  }

  set(owner: string, key: string, value: Json, ttl?: number): Promise<void> {
    return this.#change((entries) => {
      const entry: Entry = ttl === undefined ? { value } : { value, until: Date.now() + ttl };
      entries[placeOf(owner, key)] = entry;
    });
  }

  delete(owner: string, key: string): Promise<boolean> {
    return this.#change((entries) => {
      const place = placeOf(owner, key);
      const entry = entries[place];
      delete entries[place];
      return entry !== undefined && !isOver(entry);
    });
  }

  exclusive<T>(owner: string, key: string, run: () => Promise<T>): Promise<T> {
    const name = createHash("sha256").update(placeOf(owner, key)).digest("hex").slice(0, 16);
    return locked(`${this.#path}.${name}.lock`, run);
  }

  #change<T>(change: (entries: Entries) => T): Promise<T> {
    const changed = this.#last.then(() =>
      locked(`${this.#path}.lock`, async () => {
        const entries = await this.#read();
        const result = change(entries);
        for (const [place, entry] of Object.entries(entries)) if (isOver(entry)) delete entries[place];
        await this.#write(entries);
        return result;
      }),
    );
    this.#last = changed.catch(() => {});
    return changed;
  }

  async #read(): Promise<Entries> {
    let value: unknown;
    try {
      value = JSON.parse(await readFile(this.#path, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      if (!(error instanceof SyntaxError)) throw error;
    }
    if (!isObject(value)) throw new DefinitionError(`${this.#path} is no file of tokens: delete it to begin anew`);
    return Object.assign(Object.create(null), value) as Entries;
  }

  /** Readers see the whole of the old file or the whole of the new one, also after a crash. */
  async #write(entries: Entries): Promise<void> {
    const fresh = `${this.#path}.${randomUUID()}.tmp`;
    try {
      const file = await open(fresh, "wx", 0o600);
      try {
        await file.writeFile(JSON.stringify(entries));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, this.#path);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
  }
}

/** What JSON says; its errors show the text, which holds tokens. */
function placeOf(owner: string, key: string): string {
  return JSON.stringify([owner, key]);
}

function isOver({ until }: Entry): boolean {
  return until !== undefined && until <= Date.now();
}

/** Makes the folder of a store, and takes away what others may read of the file. */
export async function prepare(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(path, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** Runs a function while nobody else holds a lock, in any process. */
async function locked<T>(lock: string, run: () => Promise<T>): Promise<T> {
  const own = randomUUID();
  while (!(await acquire(lock, own))) await sleep(LOOK);
  const beat = setInterval(() => {
    const now = new Date();
    // Who cannot say that it holds the lock loses it; what it writes is written as a whole all the same.
    utimes(lock, now, now).catch(() => {});
  }, BEAT);
  beat.unref();
  try {
    return await run();
  } finally {
    clearInterval(beat);
    if ((await readFile(lock, "utf8").catch(() => "")) === own) await rm(lock, { force: true });
  }
}

async function acquire(lock: string, own: string): Promise<boolean> {
  try {
    await writeFile(lock, own, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > STALE) await breakLock(lock);
  return false;
}

/** Takes away a lock whose holder is gone. Of several that want to, one does: who renames it has it. */
async function breakLock(lock: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
    const { mtimeMs } = await stat(aside);
    // Somebody else was first, and this is already the lock of the next holder: it gets it back.
    if (Date.now() - mtimeMs <= STALE) await link(aside, lock).catch(() => {});
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
