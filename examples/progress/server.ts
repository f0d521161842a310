// A tool that takes long: it tells how far it is, and stops when nobody wants its result any more.
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const journal: string[] = [];

const server = new Server({ name: "copier", version: "1.0.0" })
  .tool("copy", { input: z.object({ files: z.number().int() }) }, async ({ files }, context) => {
    const { signal } = context;
    signal.addEventListener("abort", () => journal.push(`cancelled: ${signal.reason.message}`));
    for (let file = 1; file <= files; file++) {
      // Whatever takes a signal stops by itself.
      await sleep(5, undefined, { signal });
      // Costs nothing when the client did not ask for it. To await it is to wait for a client that reads slowly.
      await context.progress(file, files, `file ${file}`);
    }
    journal.push(`copied ${files} files`);
    return `Copied ${files} files`;
  })
  .tool("journal", {}, () => journal.join("\n"));

serveStdio(server);
