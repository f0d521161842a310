// Attacks the real servers and clients: `npm run robustness`, or `npm run robustness -- http` for one set of cases.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./folders.mjs";

const folder = join(root, "test", "robustness");
const sets = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "harness")
  .map(({ name }) => name);

const names = process.argv.slice(2);
const unknown = names.filter((name) => !sets.includes(name));
if (unknown.length > 0) {
  console.error(`No set of cases named ${unknown.join(", ")}. There are: ${sets.join(", ")}`);
  process.exit(2);
}

const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const config = join(folder, "vitest.config.ts");
const folders = names.map((name) => `test/robustness/${name}/`);
const child = spawn(process.execPath, [vitest, "run", "--config", config, ...folders], { cwd: root, stdio: "inherit" });
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
