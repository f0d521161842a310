/** The server under test, as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";

/** How long it may take to say where it listens, in milliseconds. */
const PATIENCE = 15_000;

/** A running server; it ends with {@link end}. */
export class TestedServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts a program that prints the URL where it listens. All that it prints is written to `log`. */
  static async start(program: string, log: string): Promise<TestedServer> {
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] });
    const file = createWriteStream(log);
    child.stderr.pipe(file, { end: false });
    child.stdout.pipe(file, { end: false });
    try {
      return new TestedServer(child, await urlFrom(child));
    } catch (error) {
      child.kill("SIGKILL");
      throw new Error(`The server does not listen, see ${log}`, { cause: error });
    }
  }

  /** Whether it has ended by itself. */
  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async end(): Promise<void> {
    if (this.ended) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

async function urlFrom(child: ChildProcess): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  const ended = once(child, "exit", { signal }).then(() => {
    throw new Error("It has ended");
  });
  for (let said = ""; ; ) {
    const [chunk] = (await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data", { signal }), ended])) as [
      Buffer,
    ];
    said += chunk.toString();
    const [url] = /http:\S+(?=\s)/.exec(said) ?? [];
    if (url !== undefined) {
      ended.catch(() => {});
      return url;
    }
  }
}
