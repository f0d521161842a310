// Serves a folder of Markdown: `node scripts/run.mjs examples/handbook/server.ts [--http [--port 3000]] [folder]`
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serveHttp } from "mcplex/node";
import { serveStdio } from "mcplex/server/stdio";
import { Folder } from "./folder.ts";
import { announceChanges, createHandbook } from "./handbook.ts";

try {
  const { values, positionals } = parseArgs({
    options: { http: { type: "boolean" }, port: { type: "string", default: "3000" } },
    allowPositionals: true,
  });
  const folder = await Folder.open(positionals[0] ?? join(import.meta.dirname, "../../docs"));
  const handbook = createHandbook(folder);
  await announceChanges(handbook, folder);
  if (values.http) await serveHttp(handbook, { port: Number(values.port), ssePath: "/sse" });
  else serveStdio(handbook);
} catch (error) {
  console.error(`handbook: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
