import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bundled } from "../stdio/child.ts";
import { Events } from "./events.ts";
import { callAt, closing } from "./listening.ts";

interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** The next line on stdout. */
  line(): Promise<string>;
}

async function start(...args: string[]): Promise<Child> {
  const program = await bundled(fileURLToPath(new URL("./children/serve.ts", import.meta.url)));
  const child = spawn(process.execPath, [program, ...args]);
  closing(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "close");
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { process: child, line: async () => `${(await lines.next()).value}` };
}

describe.skipIf(process.platform === "win32")("serveHttp in a process of its own", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "ends by %s, with code 0, when what runs has been answered",
    async (signal) => {
      const child = await start();
      const url = await child.line();
      const events = new Events(await callAt(url, "wait", {}, { progressToken: 1 }));
      expect(await child.line()).toBe("started");
      child.process.kill(signal);
      expect((await events.rest()).at(-1)?.result).toMatchObject({ content: [{ text: "waited" }] });
      expect(await child.line()).toBe("exit 0");
    },
  );

  it("ends by itself after close, since nothing of it is left", async () => {
    const child = await start("stays");
    const url = await child.line();
    await (await callAt(url, "wait", {}, { progressToken: 1 })).text();
    const asked = performance.now();
    child.process.stdin.write("close\n");
    expect([await child.line(), await child.line()]).toEqual(["started", "exit 0"]);
    expect(performance.now() - asked).toBeLessThan(5000);
  });
});
