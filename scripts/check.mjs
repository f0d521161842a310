// All static checks, side by side: `npm run check`, or `npm run check -- lint types` for some of them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root } from "./folders.mjs";

const bin = (...path) => join(root, "node_modules", ...path);
const tsc = bin("typescript", "bin", "tsc");

/** The arguments of Node for each check; the slow ones stand first. */
const checks = {
  package: ["scripts/check-package.mjs"],
  layers: [bin("vitest", "vitest.mjs"), "run", "test/layers.test.ts"],
  "dead code": [bin("knip", "bin", "knip.js"), "--no-progress"],
  lint: [bin("oxlint", "bin", "oxlint"), "--type-aware", "--deny-warnings"],
  types: [tsc, "-p", "tsconfig.json"],
  "types of tests": [tsc, "-p", "tsconfig.test.json"],
  "types of scripts": [tsc, "-p", "tsconfig.scripts.json"],
  format: [bin("@biomejs", "biome", "bin", "biome"), "format"],
};

/** Runs one check and reports it in a line; its output is shown only when it fails. */
async function runCheck(name) {
  const started = performance.now();
  const child = spawn(process.execPath, checks[name], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok  " : "FAIL"}  ${name.padEnd(16)}  ${seconds.padStart(5)} s`);
  if (code !== 0) console.log(output.trimEnd().replace(/^/gm, "      "));
  return code === 0;
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
const unknown = names.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  console.error(`No check named ${unknown.join(", ")}. There are: ${Object.keys(checks).join(", ")}`);
  process.exit(2);
}

const waiting = [...names];
let failed = 0;
async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (!(await runCheck(name))) failed += 1;
  }
}
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
console.log(failed === 0 ? `${names.length} checks passed` : `${failed} of ${names.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
