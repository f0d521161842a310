// Packs the package as npm would publish it, without touching dist.
import { execFile } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildPackage } from "./build.mjs";
import { manifest, root } from "./folders.mjs";

const run = promisify(execFile);

/** Builds and packs into `folder`, which must exist; returns the path of the tarball. */
export async function packInto(folder) {
  const staged = join(folder, "staged");
  await mkdir(staged, { recursive: true });
  await buildPackage(join(staged, "dist"));
  const beside = manifest.files.filter((name) => name !== "dist" && existsSync(join(root, name)));
  for (const name of ["package.json", ...beside]) await copyFile(join(root, name), join(staged, name));
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: staged,
    shell: process.platform === "win32",
  });
  return join(folder, packedName(JSON.parse(stdout)));
}

/** The answer of `npm pack --json` is a list, or an object by package name, as the version of npm has it. */
function packedName(answer) {
  const [first] = Array.isArray(answer) ? answer : Object.values(answer);
  return first.filename;
}
