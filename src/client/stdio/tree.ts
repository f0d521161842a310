import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { onWindows } from "./platform.ts";

/** A child with all the processes that it started. */
export interface ProcessTree {
  /** Whether any of it is alive, as far as the system tells. */
  lives(): boolean;
  /** Asks it to end, where the system has a way to ask. */
  terminate(): void;
  /** Ends it. */
  kill(): void;
  /** Ends it before this function returns: for a process that is about to exit. */
  killAtOnce(): void;
}

/** How to start a child so that {@link treeOf} can end all of it. */
export const treeOptions: { readonly detached: boolean; readonly windowsHide: boolean } = {
  // Leads a process group of its own. On Windows it would be a console window of its own.
  detached: !onWindows,
  windowsHide: true,
};

/** The tree of a child that was started with {@link treeOptions}. */
export function treeOf(child: ChildProcess): ProcessTree {
  return onWindows ? new WindowsTree(child) : new ProcessGroup(child);
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** The process group that the child leads. It outlives its leader, so it is signalled when the leader has gone too. */
class ProcessGroup implements ProcessTree {
  readonly #child: ChildProcess;
  #gone = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  lives(): boolean {
    return !hasExited(this.#child) || this.#signal(0);
  }

  terminate(): void {
    this.#signal("SIGTERM");
  }

  kill(): void {
    this.#signal("SIGKILL");
  }

  killAtOnce(): void {
    this.kill();
  }

  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#gone || this.#child.pid === undefined) return false;
    try {
      return process.kill(-this.#child.pid, signal);
    } catch {
      // An empty group's number can be given to somebody else's: never signal it again.
      this.#gone = hasExited(this.#child);
      return false;
    }
  }
}

/** Windows knows who started whom only while the one who started is alive, and has no signals. */
class WindowsTree implements ProcessTree {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  lives(): boolean {
    return !hasExited(this.#child);
  }

  terminate(): void {
    this.kill();
  }

  kill(): void {
    if (!this.lives()) return;
    const killer = spawn(taskkill(), this.#arguments(), { stdio: "ignore", windowsHide: true });
    killer.on("error", () => this.#child.kill());
    killer.unref();
  }

  killAtOnce(): void {
    if (!this.lives()) return;
    const { error } = spawnSync(taskkill(), this.#arguments(), { stdio: "ignore", windowsHide: true });
    if (error !== undefined) this.#child.kill();
  }

  #arguments(): string[] {
    return ["/T", "/F", "/PID", String(this.#child.pid)];
  }
}

function taskkill(): string {
  return `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\taskkill.exe`;
}
