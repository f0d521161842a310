/** Starts the suite, which needs a newer Node than the project does, for one scenario at a time. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Check, Outcome } from "./judge.ts";
import type { Case, Side } from "./plan.ts";

/** How long one scenario may take, in milliseconds. */
const PATIENCE = 30_000;
/** How much longer the suite may take, which starts and ends things around it. */
const GRACE = 15_000;

/** What is tested: the URL of a server, or the command of a client. */
export type Subject = { readonly url: string } | { readonly command: string };

/** The suite as it is installed. */
export class Suite {
  readonly #node: string;
  readonly #program: string;
  readonly #results: string;
  readonly version: string;

  /** @param results The folder for what the suite writes. */
  constructor(tools: string, results: string) {
    this.#node = join(tools, "node22/node_modules/node/bin/node");
    const suite = join(tools, "conformance/node_modules/@modelcontextprotocol/conformance");
    this.#program = join(suite, "dist/index.js");
    this.#results = results;
    for (const [folder, path] of [
      ["node22", this.#node],
      ["conformance", this.#program],
    ] as const) {
      if (!existsSync(path)) throw new Error(`The suite needs test/tools/${folder}: run npm ci in that folder`);
    }
    this.version = (JSON.parse(readFileSync(join(suite, "package.json"), "utf8")) as { version: string }).version;
  }

  /** The names of all scenarios that it has for a side. */
  async scenarios(side: Side): Promise<string[]> {
    const { output } = await this.#run(["list", `--${side}`], GRACE);
    return [...output.matchAll(/^ {2}- (\S+) \[/gm)].map(([, name]) => name as string);
  }

  /** Runs one case. What the suite says and writes stays in the folder of the results. */
  async run({ side, scenario, wire }: Case, subject: Subject, label = ""): Promise<Omit<Outcome, "serverEnded">> {
    const folder = join(this.#results, `${label}${side}-${scenario.replaceAll("/", "-")}-${wire}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const tested = "url" in subject ? ["--url", subject.url] : ["--command", subject.command];
    // With `--force` it runs a scenario of an extension over the wire that is named.
    const what = [side, "--scenario", scenario, "--spec-version", wire, "--force"];
    const how = ["--output-dir", folder, "--timeout", String(PATIENCE)];
    const { output, timedOut } = await this.#run([...what, ...how, ...tested], PATIENCE + GRACE);
    await writeFile(join(folder, "suite.txt"), output);
    const exit = /^Client exited with code (-?\d+)/m.exec(output)?.[1];
    return {
      checks: await checksIn(folder),
      clientExit: Number(exit ?? 0),
      timedOut: timedOut || /^Client timed out/m.test(output),
    };
  }

  async #run(args: readonly string[], patience: number): Promise<{ output: string; timedOut: boolean }> {
    const child = spawn(this.#node, [this.#program, ...args], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const over = new AbortController();
    const timedOut = await Promise.race([
      once(child, "close").then(() => false),
      pause(patience, true, { signal: over.signal }).catch(() => false),
    ]);
    over.abort();
    // The client of a scenario that took too long may still run.
    endGroup(child);
    return { output, timedOut };
  }
}

async function checksIn(folder: string): Promise<Check[] | undefined> {
  const files = await readdir(folder, { recursive: true });
  const path = files.find((file) => file.endsWith("checks.json"));
  return path === undefined ? undefined : (JSON.parse(await readFile(join(folder, path), "utf8")) as Check[]);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
