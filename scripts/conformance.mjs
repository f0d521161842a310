// Runs the conformance suite of the protocol against a server and a client that are built on the package:
//
//   npm run conformance [-- --server | --client] [--only <scenario>] [--markdown]
//
// `--markdown` writes the table of docs/conformance.md. What the suite wrote stays in .tmp/conformance/results.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stop } from "esbuild";
import { buildIfNeeded } from "./build.mjs";
import { bundle } from "./bundle.mjs";
import { root } from "./folders.mjs";

await buildIfNeeded();

/** Bundles a program of test/conformance, and gives its path. */
async function program(name) {
  const outfile = join(root, ".tmp", "conformance", `${name}.mjs`);
  await bundle(join(root, "test", "conformance", `${name}.ts`), outfile);
  return outfile;
}

const [run, server, client, refusingServer, idleClient] = await Promise.all(
  ["run", "server", "client", "canaries/refusing-server", "canaries/idle-client"].map(program),
);
await stop();
const { conformance } = await import(pathToFileURL(run).href);
try {
  process.exitCode = await conformance(root, { server, client, refusingServer, idleClient }, process.argv.slice(2));
} catch (error) {
  console.error(`conformance: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
