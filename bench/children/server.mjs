// A server in a process of its own: `node server.mjs <adapter> <kind> <profile>`. Over IPC, if there is any, it tells
// where it listens, and what it has used when it is asked.
const [, , adapter, kind, profile] = process.argv;

// A cold start has no IPC, which takes time to begin: a signal asks, and fd 3 gets the answer.
if (process.env.BENCH_COLD !== undefined) {
  process.on("SIGUSR2", () => {
    const { user, system } = process.cpuUsage();
    void import("node:fs").then(({ writeSync }) => writeSync(3, JSON.stringify({ cpu: user + system })));
  });
}

const { serveHttp, serveStdio } = await import(adapter);
const port = kind === "stdio" ? void (await serveStdio(profile)) : await serveHttp(kind, profile);

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The heap that is in use when all that can be collected has been. */
async function heapInUse() {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await pause(50);
  }
  return process.memoryUsage().heapUsed;
}

async function answer(asked) {
  if (asked === "heap") return { heap: await heapInUse() };
  const { user, system } = process.cpuUsage();
  return { cpu: user + system };
}

if (process.send !== undefined) {
  process.on("message", (asked) => void answer(asked).then((told) => process.send?.(told)));
  process.on("disconnect", () => process.exit());
  process.send({ port });
}
