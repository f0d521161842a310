import process from "node:process";
import { environment } from "./environment.ts";
import type { StdioOptions } from "./options.ts";

/** What to run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | URL | undefined;
  readonly stderr: StdioOptions["stderr"];
  readonly closeTimeout: number;
}

/** Completes checked options, with the environment as it is now. */
export function toCommand(options: StdioOptions): Command {
  const { command, args = [], env = {}, inheritEnv = false, cwd, stderr, closeTimeout = 2000 } = options;
  return { command, args, env: environment(process.env, env, inheritEnv), cwd, stderr, closeTimeout };
}
