// Runs a benchmark by name: `npm run bench -- import`. Each is a module beside this one.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildIfNeeded } from "../scripts/build.mjs";

const here = import.meta.dirname;
const names = readdirSync(here)
  .filter((file) => file.endsWith(".mjs") && file !== "run.mjs")
  .map((file) => file.slice(0, -".mjs".length));

const name = process.argv[2];
if (name === undefined || !names.includes(name)) {
  console.error(`Usage: npm run bench -- <${names.join(" | ")}>`);
  process.exit(2);
}

await buildIfNeeded();
const peers = join(here, "peers");
if (!existsSync(join(peers, "node_modules"))) {
  const { status } = spawnSync("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: peers,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(1);
}
await import(`./${name}.mjs`);
