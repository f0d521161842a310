// W7: from the start of a process to the first list of tools, and how long an import takes.
import { once } from "node:events";
import { requestText } from "../load/messages.mjs";
import { Pipes } from "../load/stdio.mjs";
import { kill, start } from "../processes.mjs";

const LIST = requestText("tools/list", {});

/** Milliseconds until the tools are listed, and those of CPU time until then. */
async function firstList(side) {
  const began = performance.now();
  const child = start("server.mjs", [side.module, "stdio", "std"], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
    env: { BENCH_COLD: "1" },
  });
  try {
    const pipes = new Pipes(child);
    await pipes.open(side.version);
    const { tools } = JSON.parse(await pipes.ask(LIST)).result;
    const wall = performance.now() - began;
    if (tools.length !== 5) throw new Error(`${tools.length} tools`);
    const told = once(/** @type {import("node:stream").Readable} */ (child.stdio[3]), "data");
    child.kill("SIGUSR2");
    const [bytes] = await told;
    return [wall, JSON.parse(bytes).cpu / 1000];
  } finally {
    await kill(child);
  }
}

/** Milliseconds that a new process takes for an import. */
async function importing(side, name) {
  const child = start(side.importer, [name], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = await once(child.stdout, "data");
  await kill(child);
  return [Number(text)];
}

/** Each measurement starts a process of its own. */
const cold = (rows, needs, measure) => ({
  rows,
  needs,
  plan: ({ quick }) => ({ rounds: quick ? 7 : 21, lives: 1, peerRounds: quick ? 1 : 5, warmUps: 2 }),
  start: async (side) => ({ measure: () => measure(side), stop: async () => {} }),
});

export const workloads = [
  cold(
    [
      { id: "W7 start to list, wall", target: 1.1, unit: "ms" },
      { id: "W7 start to list, CPU", unit: "ms" },
    ],
    "stdio",
    firstList,
  ),
  cold([{ id: "W7 import server", most: 6, unit: "ms" }], "import server", (side) =>
    importing(side, side.imports.server),
  ),
  cold([{ id: "W7 import client", unit: "ms" }], "import client", (side) => importing(side, side.imports.client)),
];
