// The processes of a benchmark: servers, clients, and the server that clients are measured with.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";

const children = join(import.meta.dirname, "children");
const environment = { ...process.env, NODE_ENV: "production", NODE_NO_WARNINGS: "1" };

/** All that run, so that none outlives this process. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => process.exit(1));

/** Starts a program of `children`, or one by its whole path. */
export function start(program, args, { stdio, flags = /** @type {string[]} */ ([]), env = {} }) {
  const child = spawn(process.execPath, [...flags, resolve(children, program), ...args], {
    stdio,
    env: { ...environment, ...env },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Waits for what a child tells next. */
function told(child) {
  return new Promise((resolve, reject) => {
    const settle = (outcome) => {
      child.off("message", heard);
      child.off("exit", ended);
      outcome();
    };
    const heard = (message) => settle(() => ("error" in message ? reject(new Error(message.error)) : resolve(message)));
    const ended = (code, signal) => settle(() => reject(new Error(`The process ended with ${code ?? signal}`)));
    child.on("message", heard);
    child.on("exit", ended);
  });
}

function ask(child, question) {
  const answer = told(child);
  child.send(question);
  return answer;
}

export async function kill(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Ends what is left of a workload that failed. */
export const killAll = () => Promise.all([...running].map(kill));

/** Starts the server of a side. `kind` is `stdio`, or what the adapter serves over HTTP. */
export async function startServer(side, kind, profile = "std", flags = /** @type {string[]} */ ([])) {
  const pipes = kind === "stdio" ? "pipe" : "ignore";
  const child = start("server.mjs", [side.module, kind, profile], { stdio: [pipes, pipes, "inherit", "ipc"], flags });
  const { port } = await told(child);
  return {
    child,
    port,
    /** CPU time of all its threads so far, in microseconds. @returns {Promise<number>} */
    cpu: async () => (await ask(child, "cpu")).cpu,
    /** The bytes in use on its heap; wants `--expose-gc`. @returns {Promise<number>} */
    heap: async () => (await ask(child, "heap")).heap,
    stop: () => kill(child),
  };
}

/** Starts the client of a side, connected. */
export async function startClient(side, kind, options = {}) {
  const child = start("client.mjs", [side.module, kind, JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await told(child);
  return {
    /** Calls a tool; gives `{ count, bad, cpu }`, with the CPU time in microseconds. */
    measure: (width, milliseconds) => ask(child, { width, milliseconds }),
    /** Lets it end what it has started. */
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.disconnect();
      const late = setTimeout(() => child.kill("SIGKILL"), 2000);
      await exit;
      clearTimeout(late);
    },
  };
}

/** The command of the server that stdio clients start. */
export const cannedCommand = { command: process.execPath, args: [join(children, "canned.mjs"), "stdio"] };

export async function startCanned() {
  const child = start("canned.mjs", ["http"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const { port } = await told(child);
  return { url: `http://127.0.0.1:${port}/mcp`, stop: () => kill(child) };
}
