// Bundles a TypeScript program for the Node at hand. `mcplex/…` and other packages stay imports, so it gets what a user
// gets.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./folders.mjs";

/** Writes the program `entry` to `outfile`, which has to lie inside the checkout: there it finds the packages. */
export async function bundle(entry, outfile) {
  await mkdir(dirname(outfile), { recursive: true });
  await build({
    entryPoints: [entry],
    outfile,
    absWorkingDir: root,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "es2022",
    sourcemap: "inline",
    logLevel: "warning",
    define: {
      "import.meta.url": JSON.stringify(pathToFileURL(entry).href),
      "import.meta.filename": JSON.stringify(entry),
      "import.meta.dirname": JSON.stringify(dirname(entry)),
    },
  });
}
