import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Deadline, Deadlines } from "../../src/jsonrpc/index.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The turn of the event loop, and what ends it. */
const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A deadline so many milliseconds after its time begins. */
class Patience implements Deadline {
  place = -1;
  at: number = Number.POSITIVE_INFINITY;
  readonly began: number[] = [];
  expired = 0;
  readonly #milliseconds: number;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  begin(now: number): void {
    this.began.push(now);
    this.at = now + this.#milliseconds;
  }

  expire(): void {
    this.expired++;
  }
}

const watched = (...all: Patience[]): Deadlines => {
  const deadlines = new Deadlines();
  for (const one of all) deadlines.add(one);
  return deadlines;
};

describe("deadlines", () => {
  it("begin when the turn in which they are added is over", async () => {
    const one = new Patience(100);
    const deadlines = watched(one);
    const other = new Patience(50);
    for (let at = 0; at < 50; at++) await Promise.resolve();
    deadlines.add(other);
    expect([one.began, other.began, vi.getTimerCount()]).toEqual([[], [], 0]);
    const now = performance.now();
    await turned();
    expect([one.began, other.began, vi.getTimerCount()]).toEqual([[now], [now], 1]);
    vi.advanceTimersByTime(49);
    expect([one.expired, other.expired]).toEqual([0, 0]);
    vi.advanceTimersByTime(1);
    expect([one.expired, other.expired]).toEqual([0, 1]);
    vi.advanceTimersByTime(50);
    expect([one.expired, other.expired, vi.getTimerCount()]).toEqual([1, 1, 0]);
  });

  it("that are over in the turn in which they are added look at no clock and set no timer", async () => {
    const clock = vi.spyOn(performance, "now");
    const timer = vi.spyOn(globalThis, "setTimeout");
    const all = Array.from({ length: 100 }, () => new Patience(10));
    const deadlines = watched(...all);
    await Promise.resolve();
    for (const one of all) deadlines.delete(one);
    await turned();
    expect([clock.mock.calls.length, timer.mock.calls.length]).toEqual([0, 0]);
    expect(all.flatMap(({ began }) => began)).toEqual([]);
  });

  it("neither do they where others are watched", async () => {
    const long = new Patience(1000);
    const deadlines = watched(long);
    await turned();
    const timer = vi.spyOn(globalThis, "setTimeout");
    const short = new Patience(10);
    deadlines.add(short);
    deadlines.delete(short);
    await turned();
    expect([short.began, timer.mock.calls.length, vi.getTimerCount()]).toEqual([[], 0, 1]);
    vi.advanceTimersByTime(1000);
    expect([short.expired, long.expired]).toEqual([0, 1]);
  });

  it("begin once more when they are added again", async () => {
    const one = new Patience(100);
    const deadlines = watched(one);
    await turned();
    vi.advanceTimersByTime(99);
    deadlines.delete(one);
    deadlines.add(one);
    await turned();
    expect(one.began).toHaveLength(2);
    vi.advanceTimersByTime(99);
    expect(one.expired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(one.expired).toBe(1);
  });

  it("share one timer, which is set anew only for an earlier one", async () => {
    const timer = vi.spyOn(globalThis, "setTimeout");
    const deadlines = watched(new Patience(100));
    await turned();
    deadlines.add(new Patience(200));
    await turned();
    expect([timer.mock.calls.length, vi.getTimerCount()]).toEqual([1, 1]);
    const early = new Patience(10);
    deadlines.add(early);
    await turned();
    expect([timer.mock.calls.length, vi.getTimerCount()]).toEqual([2, 1]);
    vi.advanceTimersByTime(10);
    expect(early.expired).toBe(1);
  });

  it("leave no timer when none is left, and need no new one where another follows in the same turn", async () => {
    const timer = vi.spyOn(globalThis, "setTimeout");
    const one = new Patience(100);
    const deadlines = watched(one);
    await turned();
    deadlines.delete(one);
    const next = new Patience(100);
    deadlines.add(next);
    await turned();
    expect([timer.mock.calls.length, vi.getTimerCount()]).toEqual([1, 1]);
    deadlines.delete(next);
    deadlines.delete(next);
    await turned();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1000);
    expect([one.expired, next.expired]).toEqual([0, 0]);
  });

  it("that grow meanwhile expire later, also those that grow when they expire", async () => {
    const one = new Patience(100);
    const again = new (class extends Patience {
      override expire(): void {
        super.expire();
        if (this.expired < 3) this.at = performance.now() + 100;
      }
    })(100);
    watched(one, again);
    await turned();
    one.at += 150;
    vi.advanceTimersByTime(100);
    expect([one.expired, again.expired]).toEqual([0, 1]);
    vi.advanceTimersByTime(100);
    expect([one.expired, again.expired]).toEqual([0, 2]);
    vi.advanceTimersByTime(50);
    expect(one.expired).toBe(1);
    vi.advanceTimersByTime(1000);
    expect([one.expired, again.expired, vi.getTimerCount()]).toEqual([1, 3, 0]);
  });

  it("that are added when another one expires are watched", async () => {
    const next = new Patience(100);
    const deadlines = new Deadlines();
    const first = new (class extends Patience {
      override expire(): void {
        super.expire();
        deadlines.add(next);
      }
    })(100);
    deadlines.add(first);
    await turned();
    vi.advanceTimersByTime(100);
    await turned();
    vi.advanceTimersByTime(100);
    expect([first.expired, next.expired]).toEqual([1, 1]);
  });

  it("without an end set no timer", async () => {
    watched(new Patience(Number.POSITIVE_INFINITY));
    await turned();
    expect(vi.getTimerCount()).toBe(0);
  });
});
