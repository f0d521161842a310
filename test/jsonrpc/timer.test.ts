import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { after } from "../../src/jsonrpc/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("runs at once what is late already, without asking Node for a time that has passed", () => {
  const start = vi.spyOn(globalThis, "setTimeout");
  const task = vi.fn<() => void>();
  after(-0.05, task);
  expect(start.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([0]);
  vi.advanceTimersByTime(0);
  expect(task).toHaveBeenCalledTimes(1);
});

it("waits longer than a timer of Node can, and never for what is never", () => {
  const month = 31 * 24 * 60 * 60_000;
  const [task, never] = [vi.fn<() => void>(), vi.fn<() => void>()];
  after(month, task);
  after(Number.POSITIVE_INFINITY, never);
  vi.advanceTimersByTime(month - 1);
  expect(task).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect([task.mock.calls.length, never.mock.calls.length]).toEqual([1, 0]);
});
