import { describe, expect, it } from "vitest";
import { limits } from "../../src/limits.ts";
import { type Log, type LogEntry, memoryLog, type MemoryLogOptions } from "../../src/stores/index.ts";

/** Writes entries, each with its place as text unless a test says otherwise. */
function fill(log: Log, places: readonly number[], name = "log", owner = "ann", text?: string): void {
  for (const place of places) void log.append(owner, name, { first: place, last: place, text: text ?? `${place}` });
}

const after = (log: Log, place: number, name = "log", owner = "ann"): readonly number[] | undefined => {
  const found = log.after(owner, name, place) as readonly LogEntry[] | undefined;
  return found?.map((entry) => entry.last);
};

describe("memoryLog", () => {
  it("gives the entries after a place, in order, as often as it is asked", () => {
    const log = memoryLog();
    fill(log, [1, 2, 3]);
    for (let time = 0; time < 2; time++) {
      expect([0, 1, 2, 3].map((place) => after(log, place))).toEqual([[1, 2, 3], [2, 3], [3], []]);
    }
    expect(log.after("ann", "log", 1)).toEqual([
      { first: 2, last: 2, text: "2" },
      { first: 3, last: 3, text: "3" },
    ]);
  });

  it("gives an entry of several events to whoever lacks the last of them, and counts each of them", () => {
    const log = memoryLog({ entries: 4 });
    void log.append("ann", "log", { first: 1, last: 3, text: "123" });
    void log.append("ann", "log", { first: 4, last: 4, text: "4" });
    expect([0, 1, 2, 3, 4].map((place) => after(log, place))).toEqual([[3, 4], [3, 4], [3, 4], [4], []]);
    void log.append("ann", "log", { first: 5, last: 6, text: "56" });
    expect([2, 3, 4, 5].map((place) => after(log, place))).toEqual([undefined, [4, 6], [6], [6]]);
  });

  it("keeps the last of entries that are progress alone, which push out nothing else", () => {
    const log = memoryLog({ entries: 3 });
    const tell = (place: number, text: string) =>
      void log.append("ann", "log", { first: place, last: place, text, isProgress: true });
    fill(log, [1]);
    for (const place of [2, 3, 4, 5]) tell(place, "x".repeat(place));
    expect(log.after("ann", "log", 0)).toEqual([
      { first: 1, last: 1, text: "1" },
      { first: 2, last: 5, text: "xxxxx", isProgress: true },
    ]);
    expect([1, 2, 4, 5].map((place) => after(log, place))).toEqual([[5], [5], [5], []]);
    fill(log, [6]);
    tell(7, "y");
    expect([0, 1, 3, 5, 6, 7].map((place) => after(log, place))).toEqual([
      undefined,
      [5, 6, 7],
      [5, 6, 7],
      [6, 7],
      [7],
      [],
    ]);
  });

  it("gives nothing for a log that there is not, and for a place in the future", () => {
    const log = memoryLog();
    expect(after(log, 0)).toBeUndefined();
    fill(log, [1, 2]);
    expect(after(log, 3)).toBeUndefined();
    expect(after(log, 0, "other")).toBeUndefined();
  });

  it("forgets a log that is deleted, and no other", () => {
    const log = memoryLog();
    fill(log, [1], "a");
    fill(log, [1], "b");
    void log.delete("ann", "a");
    void log.delete("ann", "none");
    expect([after(log, 0, "a"), after(log, 0, "b")]).toEqual([undefined, [1]]);
    fill(log, [1, 2], "a");
    expect(after(log, 0, "a")).toEqual([1, 2]);
  });

  it.each([
    ["ann", "log", "bob", "log"],
    ["a", "bc", "ab", "c"],
    ["", "abc", "abc", ""],
    ["1", " a", "1 ", "a"],
    ["11 a", "b", "1", "1 ab"],
  ])("keeps owners apart: (%j, %j) and (%j, %j)", (owner, name, otherOwner, otherName) => {
    const log = memoryLog();
    fill(log, [1], name, owner);
    expect(after(log, 0, otherName, otherOwner)).toBeUndefined();
    void log.delete(otherOwner, otherName);
    expect(after(log, 0, name, owner)).toEqual([1]);
  });

  it("what it gave does not change with what is written later", () => {
    const log = memoryLog();
    fill(log, [1]);
    const found = log.after("ann", "log", 0) as readonly object[];
    fill(log, [2]);
    expect(found.length).toBe(1);
  });
});

describe("memoryLog keeps the newest", () => {
  const bounded = (options: MemoryLogOptions): Log => memoryLog(options);

  it("entries: all that are asked for, or nothing", () => {
    const log = bounded({ entries: 3 });
    fill(log, [1, 2, 3, 4, 5]);
    expect([0, 1, 2, 3, 4, 5, 6].map((place) => after(log, place))).toEqual([
      ...[undefined, undefined, [3, 4, 5], [4, 5], [5]],
      ...[[], undefined],
    ]);
  });

  it("entries, over a long time", () => {
    const log = bounded({ entries: 3 });
    for (let place = 1; place <= 1000; place++) {
      fill(log, [place]);
      if (place < 4) continue;
      expect(after(log, place - 3)).toEqual([place - 2, place - 1, place]);
      expect(after(log, place - 4)).toBeUndefined();
    }
  });

  it("entries that together are not longer than length", () => {
    const log = bounded({ length: 10 });
    fill(log, [1, 2, 3], "log", "ann", "xxxx");
    expect([after(log, 0), after(log, 1)]).toEqual([undefined, [2, 3]]);
    fill(log, [4], "log", "ann", "x".repeat(10));
    expect([after(log, 2), after(log, 3)]).toEqual([undefined, [4]]);
  });

  it("none of an entry that is longer than length, and knows that there was one", () => {
    const log = bounded({ length: 10 });
    fill(log, [1], "log", "ann", "x".repeat(11));
    expect([after(log, 0), after(log, 1), after(log, 2)]).toEqual([undefined, [], undefined]);
    fill(log, [2]);
    expect([after(log, 0), after(log, 1), after(log, 2)]).toEqual([undefined, [2], []]);
    fill(log, [3], "log", "ann", "x".repeat(11));
    expect([after(log, 1), after(log, 2), after(log, 3)]).toEqual([undefined, undefined, []]);
  });

  it("logs that together are not longer than totalLength: those written to longest ago go first", () => {
    const log = bounded({ totalLength: 10 });
    fill(log, [1], "a", "ann", "xxxx");
    fill(log, [1], "b", "bob", "xxxx");
    fill(log, [2], "a", "ann", "x");
    fill(log, [1], "c", "cal", "xxxx");
    expect([after(log, 0, "a"), after(log, 0, "b", "bob"), after(log, 0, "c", "cal")]).toEqual([
      [1, 2],
      undefined,
      [1],
    ]);
  });

  it("the log that is written to, even where it alone is longer than totalLength", () => {
    const log = bounded({ totalLength: 10 });
    fill(log, [1], "a");
    fill(log, [1], "b", "ann", "x".repeat(20));
    expect([after(log, 0, "a"), after(log, 0, "b")]).toEqual([undefined, [1]]);
  });

  it("room that a deleted log leaves is there for others", () => {
    const log = bounded({ totalLength: 10 });
    fill(log, [1], "a", "ann", "xxxx");
    fill(log, [1], "b", "ann", "xxxx");
    void log.delete("ann", "b");
    fill(log, [1], "c", "ann", "xxxx");
    expect([after(log, 0, "a"), after(log, 0, "c")]).toEqual([[1], [1]]);
  });

  it("a log for a time from its last entry", () => {
    let now = 0;
    const log = bounded({ time: 100, now: () => now });
    fill(log, [1]);
    now = 99;
    fill(log, [2]);
    now = 198;
    expect(after(log, 0)).toEqual([1, 2]);
    now = 199;
    expect(after(log, 0)).toBeUndefined();
    expect(after(log, 2)).toBeUndefined();
  });

  it("by its defaults as the table of limits says", () => {
    const log = memoryLog();
    fill(
      log,
      Array.from({ length: limits.logEntries + 1 }, (_, n) => n + 1),
    );
    expect(after(log, 0)).toBeUndefined();
    expect(after(log, 1)?.length).toBe(limits.logEntries);
  });
});
