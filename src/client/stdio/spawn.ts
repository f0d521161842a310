import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { statSync } from "node:fs";
import { resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import spawn from "cross-spawn";
import { LocalError } from "../../errors.ts";
import type { Command } from "./command.ts";
import { treeOptions } from "./tree.ts";

/**
 * Starts a command, without a shell.
 *
 * @param created Called with the process before anything else can happen to it.
 * @throws LocalError `spawn` when it does not start.
 */
export function start(command: Command, created: (child: ChildProcessWithoutNullStreams) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    try {
      const child = spawn(command.command, command.args, {
        ...treeOptions,
        cwd: command.cwd,
        env: command.env,
        shell: false,
        stdio: ["pipe", "pipe", "pipe"],
      }) as ChildProcessWithoutNullStreams;
      child.once("spawn", resolve);
      // It stays: an error without a listener would end this process.
      child.on("error", (error) => reject(spawnError(command, error)));
      if (child.pid !== undefined) created(child);
    } catch (error) {
      reject(spawnError(command, error as Error));
    }
  });
}

/** Why a command did not start, and what to do about it. */
export function spawnError({ command, cwd }: Command, cause: Error & { readonly code?: unknown }): LocalError {
  const told = (why: string): LocalError =>
    new LocalError("spawn", `Cannot start "${command}": ${why}`, { cause, data: { command, code: cause.code } });
  if (cwd !== undefined && kindOf(cwd) !== "directory") return told(`its working directory ${cwd} is no directory`);
  const isPath = command.includes("/") || command.includes("\\");
  const at = cwd instanceof URL ? fileURLToPath(cwd) : (cwd ?? ".");
  const kind = isPath ? kindOf(resolvePath(at, command)) : "none";
  switch (cause.code) {
    case "ENOENT":
      if (!isPath && command.includes(" ")) return told("write the arguments into args, one by one");
      if (!isPath) return told("there is no such program on PATH. Install it, or write its full path");
      if (kind !== "none") return told("it is a script, and the program on its first line does not exist");
      return told("there is no such file. A relative path starts at the working directory");
    case "EACCES":
    case "EPERM":
      if (kind === "directory") return told("it is a directory. Write the program that is in it");
      return told("it is not executable. Set its mode with chmod +x, or start it by its interpreter");
    default:
      return told(cause.message);
  }
}

function kindOf(path: string | URL): "directory" | "file" | "none" {
  try {
    return statSync(path).isDirectory() ? "directory" : "file";
  } catch {
    return "none";
  }
}
