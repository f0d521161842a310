import type { ChildProcessWithoutNullStreams } from "node:child_process";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { LocalError } from "../../errors.ts";
import { withoutSecrets } from "./environment.ts";
import { diesWithHost } from "./host.ts";
import type { Command } from "./command.ts";
import { spawnError, start } from "./spawn.ts";
import { lastLines, Tail, TextLines } from "./stderr.ts";
import { type ProcessTree, treeOf } from "./tree.ts";

/** How long a killed process may take to vanish, in milliseconds. Only the system can delay it. */
const KILL_TIMEOUT = 1000;
/** How long the pipes of a dead process may stay open: a process that left the tree can hold their other ends. */
const PIPE_TIMEOUT = 500;
/** How often it is looked whether a tree is empty: nobody tells. */
const LOOK_EVERY = 20;

/** A running command. */
export class Child {
  readonly stdin: ChildProcessWithoutNullStreams["stdin"];
  readonly stdout: ChildProcessWithoutNullStreams["stdout"];
  /** Settles when the process has ended; what it started may live on. */
  readonly exited: Promise<unknown>;
  readonly #command: Command;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #tree: ProcessTree;
  readonly #release: () => void;
  readonly #pipesClosed: Promise<unknown>;
  readonly #tail = new Tail();
  #failure: Error | undefined;
  #ending: Promise<void> | undefined;
  #killed = false;

  /** Starts a command. @throws LocalError `spawn` when it does not start. */
  static async start(command: Command): Promise<Child> {
    let child: Child | undefined;
    await start(command, (process) => {
      child = new Child(command, process);
    });
    return child as Child;
  }

  private constructor(command: Command, child: ChildProcessWithoutNullStreams) {
    this.#command = command;
    this.#process = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.#tree = treeOf(child);
    this.#release = diesWithHost(this.#tree);
    this.exited = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
      child.on("error", (error: NodeJS.ErrnoException) => {
        // On Windows a command that cannot be found shows as this, when its process has come and gone.
        if (error.syscall?.startsWith("spawn") !== true) return;
        this.#failure = error;
        resolve();
      });
    });
    this.#pipesClosed = new Promise((resolve) => child.once("close", resolve));
    this.#drain();
  }

  /**
   * Ends the process and all that it started: by the end of its stdin, then by SIGTERM, then by SIGKILL. Resolves when
   * they are gone. More calls give the same promise.
   */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** What to tell of an end that nobody asked for. */
  exitError(): LocalError {
    if (this.#failure !== undefined) return spawnError(this.#command, this.#failure);
    const { exitCode, signalCode: signal } = this.#process;
    const stderr = withoutSecrets(this.#tail.text, this.#command.env);
    const how = signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`;
    const what = this.#killed ? "closed its pipes and did not exit, so it was ended" : how;
    const shown = lastLines(stderr);
    const tail = shown === "" ? ". It wrote nothing to stderr" : `. The end of its stderr:\n${shown}`;
    const message = `The server "${this.#command.command}" ${what}${tail}`;
    return new LocalError("exited", message, { data: { exitCode, signal, stderr } });
  }

  /** A child whose stderr nobody reads stands still when the pipe is full. */
  #drain(): void {
    const { stderr } = this.#process;
    const shown = this.#command.stderr;
    const lines = typeof shown === "function" ? new TextLines(shown) : undefined;
    stderr.on("data", (chunk: Uint8Array) => {
      this.#tail.push(chunk);
      if (shown === "inherit") process.stderr.write(chunk);
      else lines?.push(chunk);
    });
    stderr.on("end", () => lines?.end());
    for (const pipe of [this.stdin, this.stdout, stderr]) pipe.on("error", () => {});
  }

  async #end(): Promise<void> {
    const { closeTimeout } = this.#command;
    this.stdin.end();
    // What nobody takes must not keep the child from ending.
    this.stdout.resume();
    await within(this.exited, closeTimeout);
    if (this.#tree.lives()) {
      this.#killed = !this.#hasExited;
      this.#tree.terminate();
      await this.#dies(closeTimeout);
    }
    if (this.#tree.lives()) {
      this.#tree.kill();
      await this.#dies(KILL_TIMEOUT);
    }
    await within(this.#pipesClosed, PIPE_TIMEOUT);
    for (const pipe of [this.stdin, this.stdout, this.#process.stderr]) pipe.destroy();
    this.#release();
  }

  get #hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #dies(patience: number): Promise<void> {
    const until = performance.now() + patience;
    while (this.#tree.lives() && performance.now() < until) await pause(LOOK_EVERY);
  }
}

/** Waits for a promise, and no longer than some milliseconds. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, patience]);
  clearTimeout(timer);
}
