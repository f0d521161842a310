import { DefinitionError } from "../../errors.ts";

/** A server that runs as a child process, and how to run it. */
export interface StdioOptions {
  /** The program: its name on `PATH`, or its path. No shell reads it, nor the arguments. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Variables of the environment, beside the inherited ones; `undefined` takes an inherited one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * What the child inherits of this process's environment. By default only what programs need to run, such as `PATH`,
   * `HOME` and `LANG`, and so no secrets. `true`: everything; names: these too.
   */
  readonly inheritEnv?: boolean | readonly string[];
  /** The working directory. Default: that of this process. */
  readonly cwd?: string | URL;
  /**
   * What happens with what the child writes to stderr: `"inherit"` shows it on this process's stderr, a function gets
   * it line by line. Default: it is not shown. The last 64 KiB are kept in any case, for the error of an early exit.
   */
  readonly stderr?: "inherit" | ((line: string) => void);
  /** Whether a client starts the server again when it exits unasked, with growing pauses. Default false. */
  readonly restart?: boolean;
  /**
   * How long the child may take to end when its stdin has ended, in milliseconds, and again when it got SIGTERM; then
   * it is killed. Default 2000.
   */
  readonly closeTimeout?: number;
}

/** @throws DefinitionError for what no process could be started with. */
export function checkStdio({ command, args = [], env = {}, cwd, stderr, closeTimeout = 0 }: StdioOptions): void {
  checkText("command", command);
  if (command === "")
    throw new DefinitionError('stdio() needs a command: stdio({ command: "node", args: ["server.js"] })');
  if (!Array.isArray(args)) throw new DefinitionError("args must be an array of strings, one for each argument");
  args.forEach((arg, at) => checkText(`args[${at}]`, arg));
  if (typeof cwd === "string") checkText("cwd", cwd);
  for (const [name, value] of Object.entries(env)) {
    checkText("A name in env", name);
    if (name === "" || name.includes("="))
      throw new DefinitionError(`env has the name "${name}": no variable can have it`);
    if (value !== undefined) checkText(`env.${name}`, value);
  }
  if (stderr !== undefined && stderr !== "inherit" && typeof stderr !== "function") {
    throw new DefinitionError('stderr must be "inherit" or a function that takes a line');
  }
  if (!(closeTimeout >= 0 && closeTimeout < 2 ** 31)) {
    throw new DefinitionError(`closeTimeout must be a number of milliseconds, not ${closeTimeout}`);
  }
}

/** The operating system ends a text at a NUL: what follows it would be lost in silence. */
function checkText(name: string, value: unknown): void {
  if (typeof value !== "string") throw new DefinitionError(`${name} must be a string, not ${typeof value}`);
  if (value.includes("\0")) throw new DefinitionError(`${name} contains a NUL character: no process can get it`);
}
