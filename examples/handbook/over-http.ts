import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { DemoError } from "./steps.ts";

/** A server in a process of its own that listens on HTTP. */
export interface HttpServer {
  /** The endpoint, such as `http://127.0.0.1:40123/mcp`. */
  readonly url: string;
  /** Asks it to end, and waits until it has. */
  close(): Promise<void>;
}

/** Starts a server, and waits until it says on stderr where it listens. */
export function startHttpServer([command = "", ...args]: readonly string[], timeout: number): Promise<HttpServer> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  process.on("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const late = setTimeout(() => fail(`said nothing of an address in ${timeout} ms`), timeout);
    const fail = (problem: string): void => {
      clearTimeout(late);
      child.kill();
      reject(new DemoError([`The server ${problem}`, ...said].join("\n")));
    };
    child.on("error", (error) => fail(`did not start: ${error.message}`));
    child.on("exit", (code) => fail(`ended with exit code ${code}`));
    createInterface({ input: child.stderr }).on("line", (line) => {
      const url = /http:\/\/\S+/.exec(line)?.[0];
      if (url === undefined) return said.push(line);
      clearTimeout(late);
      resolve({ url, close: () => ended(child) });
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill();
  });
}
