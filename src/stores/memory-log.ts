import { limits } from "../limits.ts";
import { placeOf } from "./place.ts";
import { Sweep } from "./sweep.ts";
import type { Log, LogEntry } from "./types.ts";

/** Options of {@link memoryLog}; all have defaults. */
export interface MemoryLogOptions {
  /** Events that one log keeps. Default `limits.logEntries`. */
  readonly entries?: number;
  /** Length of the entries that one log keeps together, in characters. Default `limits.logLength`. */
  readonly length?: number;
  /** Length of the entries that all logs keep together, in characters. Default: 16 times `length`. */
  readonly totalLength?: number;
  /** How long a log is kept after its last entry, in milliseconds. Default `limits.logTime`. */
  readonly time?: number;
  /** Tells the time in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** A {@link Log} in the memory of this process. It answers at once, and forgets with the process. */
export function memoryLog(options: MemoryLogOptions = {}): Log {
  return new MemoryLog(options);
}

/** The newest entries of one log: those before `first` are no longer there. */
interface Kept {
  readonly owner: string;
  readonly name: string;
  entries: LogEntry[];
  first: number;
  /** The place of the last entry, also when that is no longer there. */
  last: number;
  /** The events in the entries that are still there. */
  events: number;
  length: number;
  until: number;
}

class MemoryLog implements Log {
  /** In the order of their last entries. */
  readonly #logs = new Map<string, Kept>();
  readonly #entries: number;
  readonly #length: number;
  readonly #totalLength: number;
  readonly #time: number;
  readonly #now: () => number;
  readonly #sweep: Sweep = new Sweep(() => this.#dropLogs());
  #total = 0;
  /** The log that was written to last: it need not be moved to the end again. */
  #last: Kept | undefined;

  constructor(options: MemoryLogOptions) {
    this.#entries = options.entries ?? limits.logEntries;
    this.#length = options.length ?? limits.logLength;
    this.#totalLength = options.totalLength ?? 16 * this.#length;
    this.#time = options.time ?? limits.logTime;
    this.#now = options.now ?? Date.now;
  }

  append(owner: string, name: string, entry: LogEntry): void {
    const kept = this.#keptOf(owner, name);
    const { text } = entry;
    const { entries } = kept;
    const before = entries.at(-1);
    // A text that was put together stays a tree, and keeps all its parts, until somebody looks at a character of it.
    let length = text.charCodeAt(0) >= 0 ? text.length : 0;
    if (before?.isProgress && entry.isProgress) {
      entries[entries.length - 1] = { first: before.first, last: entry.last, text, isProgress: true };
      length -= before.text.length;
    } else {
      entries.push(entry);
      kept.events += eventsIn(entry);
    }
    kept.last = entry.last;
    kept.length += length;
    kept.until = this.#now() + this.#time;
    this.#total += length;
    while (kept.events > this.#entries || kept.length > this.#length) this.#dropFirst(kept);
    if (this.#total > this.#totalLength) this.#dropLogs(kept);
  }

  /** The log of this name, which is the one that was written to last from now on. */
  #keptOf(owner: string, name: string): Kept {
    const last = this.#last;
    if (last !== undefined && last.name === name && last.owner === owner) return last;
    const place = placeOf(owner, name);
    const kept = this.#logs.get(place) ?? {
      owner,
      name,
      entries: [],
      first: 0,
      last: 0,
      events: 0,
      length: 0,
      until: 0,
    };
    this.#logs.delete(place);
    this.#logs.set(place, kept);
    this.#last = kept;
    this.#sweep.start();
    this.#dropLogs(kept);
    return kept;
  }

  after(owner: string, name: string, place: number): readonly LogEntry[] | undefined {
    const kept = this.#logs.get(placeOf(owner, name));
    if (kept === undefined || kept.until <= this.#now()) return undefined;
    const { entries, first, last } = kept;
    if (place >= last) return place === last ? [] : undefined;
    let at = entries.length;
    while (at > first && (entries[at - 1] as LogEntry).last > place) at--;
    const next = entries[at];
    // What comes next must begin where the reader is.
    if (next === undefined || next.first > place + 1) return undefined;
    return entries.slice(at);
  }

  delete(owner: string, name: string): void {
    const place = placeOf(owner, name);
    const kept = this.#logs.get(place);
    if (kept !== undefined) this.#forget(place, kept);
  }

  #dropFirst(kept: Kept): void {
    const entry = kept.entries[kept.first] as LogEntry;
    const { length } = entry.text;
    kept.first++;
    kept.events -= eventsIn(entry);
    kept.length -= length;
    this.#total -= length;
    // What is dropped is let go in large pieces: an array that loses its first element is copied each time.
    if (kept.first * 2 <= kept.entries.length) return;
    kept.entries = kept.entries.slice(kept.first);
    kept.first = 0;
  }

  /** Forgets the logs that were written to longest ago: those whose time is over, and others to make room. */
  #dropLogs(current?: Kept): void {
    const now = this.#now();
    for (const [place, kept] of this.#logs) {
      if (kept === current || (kept.until > now && this.#total <= this.#totalLength)) return;
      this.#forget(place, kept);
    }
  }

  #forget(place: string, kept: Kept): void {
    this.#logs.delete(place);
    this.#total -= kept.length;
    if (this.#last === kept) this.#last = undefined;
    if (this.#logs.size === 0) this.#sweep.stop();
  }
}

function eventsIn({ first, last, isProgress }: LogEntry): number {
  return isProgress ? 1 : last - first + 1;
}
