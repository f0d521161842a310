// Checks the packed package: publint, and attw for how its types resolve.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./folders.mjs";
import { packInto } from "./pack.mjs";

const folder = await mkdtemp(join(tmpdir(), "mcplex-check-"));
try {
  const tarball = await packInto(folder);
  const bin = (...path) => join(root, "node_modules", ...path);
  const commands = [
    [bin("publint", "src", "cli.js"), "run", tarball, "--strict"],
    [bin("@arethetypeswrong", "cli", "dist", "index.js"), tarball, "--profile", "esm-only", "--no-emoji"],
  ];
  for (const command of commands) {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
    if (status === 0) continue;
    console.log(stdout + stderr);
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
