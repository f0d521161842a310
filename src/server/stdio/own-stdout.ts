import { DefinitionError } from "../../errors.ts";
import type { NodeWritable } from "../../jsonrpc/pipes/index.ts";

/** The stdout of this process while the wire alone writes to it. */
export interface OwnStdout extends NodeWritable {
  /** Gives stdout back to the program. */
  release(): void;
}

let taken = false;

/**
 * Takes stdout for the wire: whatever else the program prints there, `console.log` above all, goes to stderr.
 *
 * A child process that inherits stdout, or a write to the descriptor itself, is out of its reach.
 *
 * @throws DefinitionError when stdout is taken already.
 */
export function takeStdout(): OwnStdout {
  if (taken) throw new DefinitionError("This process serves its stdin and stdout already: call serveStdio once");
  taken = true;
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  const giveBack = [redirectToStderr(stdout), ...redirectConsole()];
  return {
    write: (data) => write(data),
    cork: () => stdout.cork(),
    uncork: () => stdout.uncork(),
    // The program's stdout outlives the wire, so it is flushed and not ended.
    end: (callback) => write("", () => callback()),
    on: (event: "drain" | "close" | "error", listener: (error: Error) => void) => stdout.on(event, listener),
    get writable() {
      return stdout.writable;
    },
    release() {
      taken = false;
      for (const undo of giveBack) undo();
    },
  };
}

function ignore(): void {}

/** Sends what is written to a stream to stderr. Gives back what undoes it. */
function redirectToStderr(from: NodeJS.WriteStream): () => void {
  const before = Object.getOwnPropertyDescriptor(from, "write");
  // Made when something is written: to open stderr takes a good part of the time in which a server starts.
  let stderr: NodeJS.WriteStream | undefined;
  const write = (...data: Parameters<NodeJS.WriteStream["write"]>): boolean => {
    // A client that has gone takes the other end of stderr along: printing must not throw then.
    stderr ??= process.stderr.on("error", ignore);
    stderr.write(...data);
    // Who gets false waits for a "drain" that this stream does not emit for the other one.
    return true;
  };
  from.write = write as NodeJS.WriteStream["write"];
  return () => {
    stderr?.off("error", ignore);
    if (from.write !== write) return;
    if (before === undefined) Reflect.deleteProperty(from, "write");
    else Object.defineProperty(from, "write", before);
  };
}

/** Methods of the console that print to stdout. */
const PRINTING = ["log", "info", "debug", "dir", "dirxml", "table", "group", "groupCollapsed"] as const;

/** Outside Node the console does not write through `process.stdout`, and needs a redirection of its own. */
function redirectConsole(): (() => void)[] {
  if (process.versions["bun"] === undefined && process.versions["deno"] === undefined) return [];
  return PRINTING.map((name) => {
    const before = console[name];
    const print = (...data: readonly unknown[]): void => console.error(...data);
    console[name] = print;
    return () => {
      if (console[name] === print) console[name] = before;
    };
  });
}
