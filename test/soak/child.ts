/** Starts the server under test in a process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Report, Started } from "./protocol.ts";

/** A server that runs. */
export class Child {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  static async start(): Promise<Child> {
    const here = import.meta.dirname;
    const child = fork(join(here, "..", "..", "scripts", "run.mjs"), [join(here, "server.ts")], {
      execArgv: ["--expose-gc"],
    });
    const [{ port }] = (await once(child, "message")) as [Started];
    return new Child(port, child);
  }

  /** How the server is doing. */
  async report(): Promise<Report> {
    this.#process.send("report");
    const [report] = (await once(this.#process, "message")) as [Report];
    return report;
  }

  /** Waits until its heap is down to a size, but not for ever; gives what it is then. */
  async settled(size: number, patience: number): Promise<number> {
    const end = performance.now() + patience;
    for (;;) {
      const { heap } = await this.report();
      if (heap <= size || performance.now() > end) return heap;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  /** Ends it, and says what should not have happened in it. */
  async stop(): Promise<readonly string[]> {
    const { faults } = await this.report();
    this.#process.disconnect();
    await once(this.#process, "exit");
    return faults;
  }
}
