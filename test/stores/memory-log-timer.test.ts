import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { memoryLog } from "../../src/stores/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a log in memory forgets what is over although nobody asks for it, and has no timer then", () => {
  const log = memoryLog({ time: 1000, now: Date.now });
  expect(vi.getTimerCount()).toBe(0);
  for (const name of ["a", "b"]) void log.append("", name, { first: 1, last: 1, text: "1" });
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(120_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(log.after("", "a", 0)).toBeUndefined();
});
