import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Notification, OpenCall, type Request, Serialized } from "../../src/jsonrpc/index.ts";
import { withTimeout } from "../../src/server/timeout.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const request: Request = { jsonrpc: "2.0", id: 1, method: "tools/call" };

it("lets a handler whose time is up tell its client why, since that still waits", async () => {
  const told: Notification[] = [];
  const call = new OpenCall({ emit: (said) => void told.push(said instanceof Serialized ? said.value : said) });
  const answered = withTimeout(
    1000,
    request,
    call,
    () => {},
    async (timed) => {
      await new Promise((resolve) => timed.signal.addEventListener("abort", resolve));
      void timed.emit({ jsonrpc: "2.0", method: "notifications/message", params: { level: "error", data: "late" } });
      return { jsonrpc: "2.0", id: 1, result: {} };
    },
  );
  await vi.advanceTimersByTimeAsync(1000);
  expect(await answered).toMatchObject({ id: 1, result: {} });
  expect(told.map(({ method }) => method)).toEqual(["notifications/message"]);
});
