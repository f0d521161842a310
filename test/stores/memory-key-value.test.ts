import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalError } from "../../src/errors.ts";
import { type KeyValue, memoryKeyValue } from "../../src/stores/index.ts";

/** The name of the limit that an action ran into. */
function limitOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(LocalError);
    return (error as LocalError).data["limit"];
  }
  return undefined;
}

describe("memoryKeyValue", () => {
  it("gives what was set, as it is, and nothing for what was not", () => {
    const store = memoryKeyValue();
    const value = { a: [1, null, "x"] };
    void store.set("ann", "key", value);
    expect(store.get("ann", "key")).toBe(value);
    expect(store.get("ann", "other")).toBeUndefined();
    void store.set("ann", "key", 2);
    expect(store.get("ann", "key")).toBe(2);
  });

  it.each([null, false, 0, ""])("keeps %j, which is a value", (value) => {
    const store = memoryKeyValue();
    void store.set("", "key", value);
    expect(store.get("", "key")).toBe(value);
    expect(store.delete("", "key")).toBe(true);
  });

  it("adds where there is nothing, and says whether it did", () => {
    let now = 0;
    const store = memoryKeyValue({ now: () => now });
    expect(store.add("ann", "key", 1, 10)).toBe(true);
    expect(store.add("ann", "key", 2, 10)).toBe(false);
    expect(store.add("bob", "key", 3)).toBe(true);
    expect(store.get("ann", "key")).toBe(1);
    now = 10;
    expect(store.add("ann", "key", 4)).toBe(true);
    expect(store.get("ann", "key")).toBe(4);
  });

  it("takes away once, and says whether there was something", () => {
    const store = memoryKeyValue();
    void store.set("ann", "key", 1);
    expect(store.delete("ann", "other")).toBe(false);
    expect(store.delete("ann", "key")).toBe(true);
    expect(store.delete("ann", "key")).toBe(false);
    expect(store.get("ann", "key")).toBeUndefined();
  });

  it.each<[owner: string, key: string, otherOwner: string, otherKey: string]>([
    ["ann", "key", "bob", "key"],
    ["", "key", "ann", "key"],
    ["a", "bc", "ab", "c"],
    ["", "abc", "abc", ""],
    ["1", " a", "1 ", "a"],
    ["1 a", "b", "1", " ab"],
    ["11 a", "b", "1", "1 ab"],
    ["a:b", "c", "a", "b:c"],
    ["a\0", "b", "a", "\0b"],
    ["__proto__", "x", "", "__proto__x"],
    ["é", "x", "e\u0301", "x"],
  ])("keeps owners apart: (%j, %j) and (%j, %j)", (owner, key, otherOwner, otherKey) => {
    const store = memoryKeyValue();
    void store.set(owner, key, 1);
    expect(store.get(otherOwner, otherKey)).toBeUndefined();
    expect(store.delete(otherOwner, otherKey)).toBe(false);
    void store.set(otherOwner, otherKey, 2);
    expect([store.get(owner, key), store.get(otherOwner, otherKey)]).toEqual([1, 2]);
  });
});

describe("memoryKeyValue over time", () => {
  let now = 1000;
  const timed = (options = {}): KeyValue => memoryKeyValue({ now: () => now, ...options });

  it("keeps a value for its ttl and not longer; without one it stays", () => {
    const store = timed();
    void store.set("", "short", 1, 100);
    void store.set("", "long", 2);
    now += 99;
    expect(store.get("", "short")).toBe(1);
    now += 1;
    expect(store.get("", "short")).toBeUndefined();
    expect(store.delete("", "short")).toBe(false);
    now += 1e12;
    expect(store.get("", "long")).toBe(2);
  });

  it("counts anew from each set, and forgets the ttl of the one before", () => {
    const store = timed();
    void store.set("", "key", 1, 100);
    now += 90;
    void store.set("", "key", 2, 100);
    now += 90;
    expect(store.get("", "key")).toBe(2);
    void store.set("", "key", 3);
    now += 1000;
    expect(store.get("", "key")).toBe(3);
  });

  it("keeps a value longer that is touched in time, and brings none back", () => {
    const store = timed();
    void store.set("ann", "key", 1, 100);
    now += 90;
    expect([store.touch("ann", "key", 100), store.touch("bob", "key", 100)]).toEqual([true, false]);
    now += 90;
    expect(store.get("ann", "key")).toBe(1);
    now += 10;
    expect([store.touch("ann", "key", 100), store.get("ann", "key")]).toEqual([false, undefined]);
  });

  it("says that what is over was not there when it is taken away", () => {
    const store = timed();
    void store.set("", "key", 1, 10);
    now += 10;
    expect(store.delete("", "key")).toBe(false);
  });

  it("takes what is over for room", () => {
    const store = timed({ entries: 2 });
    void store.set("", "a", 1, 10);
    void store.set("", "b", 2);
    expect(limitOf(() => store.set("", "c", 3))).toBe("entries");
    now += 10;
    void store.set("", "c", 3);
    expect([store.get("", "a"), store.get("", "b"), store.get("", "c")]).toEqual([undefined, 2, 3]);
  });
});

describe("memoryKeyValue when it is full", () => {
  it("refuses what is new, puts nothing out for it, and still changes what is there", () => {
    const store = memoryKeyValue({ entries: 2 });
    void store.set("ann", "a", 1);
    void store.set("bob", "b", 2);
    expect(limitOf(() => store.set("cal", "c", 3))).toBe("entries");
    expect([store.get("ann", "a"), store.get("bob", "b"), store.get("cal", "c")]).toEqual([1, 2, undefined]);
    void store.set("ann", "a", 4);
    expect(store.get("ann", "a")).toBe(4);
    void store.delete("bob", "b");
    void store.set("cal", "c", 3);
    expect(store.get("cal", "c")).toBe(3);
  });

  it("counts each owner for itself, and what belongs to nobody not at all", () => {
    const store = memoryKeyValue({ entriesPerOwner: 2 });
    for (const key of ["a", "b"]) void store.set("ann", key, 1);
    expect(limitOf(() => store.set("ann", "c", 1))).toBe("entriesPerOwner");
    for (const key of ["a", "b", "c", "d"]) void store.set("", key, 1);
    void store.set("bob", "c", 1);
    void store.set("ann", "a", 2);
    expect(limitOf(() => store.set("ann", "c", 1))).toBe("entriesPerOwner");
    void store.delete("ann", "a");
    void store.set("ann", "c", 1);
    expect(limitOf(() => store.set("ann", "d", 1))).toBe("entriesPerOwner");
  });

  it("a refused value counts nowhere", () => {
    const store = memoryKeyValue({ entries: 1, entriesPerOwner: 1 });
    void store.set("bob", "a", 1);
    for (let n = 0; n < 5; n++) expect(limitOf(() => store.set("ann", `${n}`, 1))).toBe("entries");
    void store.delete("bob", "a");
    void store.set("ann", "a", 1);
    expect(store.get("ann", "a")).toBe(1);
  });

  it("values of an owner that are over make room for others of the same owner", () => {
    let now = 0;
    const store = memoryKeyValue({ entriesPerOwner: 1, now: () => now });
    void store.set("ann", "a", 1, 10);
    now = 10;
    void store.set("ann", "b", 1);
    expect(limitOf(() => store.set("ann", "c", 1))).toBe("entriesPerOwner");
  });
});

describe("memoryKeyValue and its timer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs one while there is something to forget, and none otherwise", () => {
    const store = memoryKeyValue();
    expect(vi.getTimerCount()).toBe(0);
    for (const key of ["a", "b"]) void store.set("", key, 1, 1000);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(120_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
