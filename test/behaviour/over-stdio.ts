import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { ndjson } from "../../src/jsonrpc/channels/index.ts";
import type { Channel } from "../../src/jsonrpc/index.ts";
import { nodePipe } from "../../src/jsonrpc/pipes/index.ts";

const relay = join(import.meta.dirname, "relay.mjs");
let folder: string | undefined;
let last = 0;

/** A path for a socket of its own; named pipes of Windows need no folder. */
function socketPath(): string {
  last++;
  if (process.platform === "win32") return `\\\\.\\pipe\\mcplex-${process.pid}-${last}`;
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "mcplex-relay-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, `${last}`);
}

const children = new Set<ChildProcess>();

function killAll(): void {
  for (const child of children) child.kill();
}

/**
 * Both ends of the stdin and stdout of a real child process. The child hands them on to a socket of this process, which
 * is the server's end.
 */
export function overStdio(): { readonly client: Channel; readonly server: Channel } {
  const path = socketPath();
  const up = new PassThrough();
  const down = new PassThrough();
  const listening = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    listening.close();
    socket.on("error", () => up.destroy());
    socket.pipe(up);
    down.pipe(socket);
  });
  listening.listen(path);
  const child = spawn(process.execPath, [relay, path], { stdio: ["pipe", "pipe", "inherit"] });
  if (children.size === 0) process.once("exit", killAll);
  children.add(child);
  child.once("exit", () => {
    children.delete(child);
    if (children.size === 0) process.off("exit", killAll);
  });
  return { client: ndjson(nodePipe(child.stdout, child.stdin)), server: ndjson(nodePipe(up, down)) };
}
