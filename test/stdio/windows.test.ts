/** What is done on Windows, as far as it can be seen elsewhere: which commands are run, and which variables go along. */
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { environment } from "../../src/client/stdio/environment.ts";
import { treeOf, treeOptions } from "../../src/client/stdio/tree.ts";

const { spawn, spawnSync } = vi.hoisted(() => ({
  spawn: vi.fn<() => unknown>(),
  spawnSync: vi.fn<() => unknown>(),
}));
vi.mock("../../src/client/stdio/platform.ts", () => ({ onWindows: true }));
vi.mock("node:child_process", () => ({ spawn, spawnSync }));

describe("the environment on Windows", () => {
  it("has names without case", () => {
    const ours = { Path: "C:\\bin", SystemRoot: "C:\\Windows", windir: "C:\\Windows", Token: "secret", LC_ALL: "C" };
    expect(environment(ours, {}, false)).toEqual({ Path: "C:\\bin", SystemRoot: "C:\\Windows", windir: "C:\\Windows" });
    expect(environment(ours, { PATH: "D:\\bin", WINDIR: undefined }, ["TOKEN"])).toEqual({
      PATH: "D:\\bin",
      SystemRoot: "C:\\Windows",
      Token: "secret",
    });
  });
});

describe("a process tree on Windows", () => {
  const killer = Object.assign(new EventEmitter(), { unref: vi.fn<() => void>() });
  beforeEach(() => {
    vi.clearAllMocks();
    killer.removeAllListeners();
    spawn.mockReturnValue(killer);
    spawnSync.mockReturnValue({ status: 0 });
  });
  const kill = vi.fn<() => boolean>();
  const child = (exitCode: number | null): ChildProcess =>
    ({ pid: 42, exitCode, signalCode: null, kill }) as unknown as ChildProcess;
  const taskkill = [expect.stringMatching(/\\System32\\taskkill\.exe$/), ["/T", "/F", "/PID", "42"], expect.anything()];

  it("opens no window", () => {
    expect(treeOptions).toEqual({ detached: false, windowsHide: true });
  });

  it("is killed by taskkill, with or without waiting", () => {
    const tree = treeOf(child(null));
    tree.terminate();
    expect(spawn.mock.calls).toEqual([taskkill]);
    tree.killAtOnce();
    expect(spawnSync.mock.calls).toEqual([taskkill]);
  });

  it("where taskkill cannot be run, the child alone is killed", () => {
    const alone = child(null);
    treeOf(alone).kill();
    killer.emit("error", new Error("ENOENT"));
    expect(kill).toHaveBeenCalledTimes(1);
    spawnSync.mockReturnValue({ error: new Error("ENOENT") });
    treeOf(alone).killAtOnce();
    expect(kill).toHaveBeenCalledTimes(2);
  });

  it("is left alone when its root has gone: the number can be somebody else's", () => {
    const tree = treeOf(child(0));
    tree.kill();
    tree.killAtOnce();
    expect(tree.lives()).toBe(false);
    expect([spawn.mock.calls, spawnSync.mock.calls]).toEqual([[], []]);
  });
});
