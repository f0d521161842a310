// Serves a folder of Markdown over stdio: `node scripts/run.mjs examples/handbook/server.ts [folder]`
import { join } from "node:path";
import { serveStdio } from "mcplex/server/stdio";
import { Folder } from "./folder.ts";
import { announceChanges, createHandbook } from "./handbook.ts";

const { 2: path = join(import.meta.dirname, "../../docs") } = process.argv;

try {
  const folder = await Folder.open(path);
  const handbook = createHandbook(folder);
  await announceChanges(handbook, folder);
  serveStdio(handbook);
} catch (error) {
  console.error(`handbook: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
