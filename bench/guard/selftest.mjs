// Shows that the guard sees waste: it passes on a copy of the package as it is, and fails on one that serialises every
// result once more. The base line is that of the copy, so that this holds whatever became of the sources. Only the rows of
// stdio are looked at: in what `node:http` allocates for a call, one small text more is lost.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "../../scripts/folders.mjs";
import { rows } from "./rows.mjs";

const PARTS = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts", "src", "bench"];

/** Where a result is written, by any revision: the second argument is the result. */
const WRITTEN = /\b(?:\w+\.)*wire\.result\([\w.]+, ([\w.]+)\)/g;

function copy() {
  const folder = mkdtempSync(join(tmpdir(), "mcplex-guard-"));
  const peers = join(root, "bench", "peers");
  for (const part of PARTS) {
    cpSync(join(root, part), join(folder, part), { recursive: true, filter: (source) => source !== peers });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** Puts the waste into a copy; gives the files that have it. */
function waste(folder) {
  const server = join(folder, "src", "server");
  const files = readdirSync(server, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.flatMap((name) => {
    const file = join(server, name);
    const before = readFileSync(file, "utf8");
    const after = before.replace(WRITTEN, (whole, result) => `(JSON.stringify(${result}), ${whole})`);
    if (after === before) return [];
    writeFileSync(file, after);
    return [relative(folder, file)];
  });
}

/** Runs a program of the copy; gives whether it succeeded, and what it said. */
function run(folder, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  console.log(`${stdout}${stderr}`.trimEnd());
  return { passed: status === 0, said: stderr };
}

function build(folder) {
  if (!run(folder, join("scripts", "build.mjs")).passed) throw new Error("The copy could not be built");
}

const watched = rows.filter(({ kind }) => kind === "stdio").map(({ id }) => id);
const guard = [join("bench", "guard.mjs"), "--only", watched.join(",")];
const folder = copy();
try {
  build(folder);
  console.log("\n== The base line of the copy");
  if (!run(folder, ...guard, "--renew").passed) throw new Error("The copy has no base line");
  console.log("\n== The copy as it is");
  const clean = run(folder, ...guard);
  const files = waste(folder);
  if (files.length === 0) throw new Error("The place where results are written is not where this test looks for it");
  console.log(`\n== Every result is serialised once more, in ${files.join(", ")}`);
  build(folder);
  const { said } = run(folder, ...guard);
  const lines = said.split("\n");
  const isSeen = (id) => lines.some((line) => line.startsWith(`${id}: `) && line.includes("above the base line"));
  const wrong = [
    ...(clean.passed ? [] : ["The guard fails without a reason"]),
    ...watched.filter((id) => !isSeen(id)).map((id) => `The guard does not see the waste in ${id}`),
  ];
  for (const line of wrong) console.error(line);
  console.log(wrong.length === 0 ? "\nThe guard sees the waste" : "\nThe guard is of no use");
  if (wrong.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
