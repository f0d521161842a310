// The size of what a subpath makes an application ship: `npm run size`, or `npm run size -- server` for its sources.
//
// A subpath is bundled with everything of this package that it loads at once, minified, and compressed with gzip -9.
// What it loads later, by import(), is not counted; that and libraries stand in columns of their own. A budget with
// parents is for what the subpath adds to an application that has the parents already.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { privateNames, root, subpaths } from "./folders.mjs";

const kB = 1000;
const halves = [
  "server",
  "server/extensions",
  "server/http",
  "server/stdio",
  "client",
  "client/extensions",
  "client/http",
  "client/stdio",
  "transports",
];

/** Bytes for each subpath, and the parents it adds to. */
const budgets = {
  ".": { bytes: 4 * kB },
  server: { bytes: 18 * kB },
  "server/extensions": { bytes: 1 * kB, parents: ["server"] },
  "server/http": { bytes: 8 * kB, parents: ["server"] },
  "server/stdio": { bytes: 3 * kB, parents: ["server"] },
  decorators: { bytes: 1 * kB, parents: ["server"] },
  client: { bytes: 16 * kB },
  "client/extensions": { bytes: 4 * kB, parents: ["client"] },
  "client/http": { bytes: 8 * kB, parents: ["client"] },
  "client/stdio": { bytes: 4 * kB, parents: ["client"] },
  transports: { bytes: 4 * kB },
  "auth/client": { bytes: 12 * kB },
  "auth/server": { bytes: 8 * kB },
  "stores/memory": { bytes: 2 * kB },
  "stores/redis": { bytes: 2 * kB },
  node: { bytes: 6 * kB, parents: halves },
  express: { bytes: 1 * kB, parents: [...halves, "node"] },
  fastify: { bytes: 1 * kB, parents: [...halves, "node"] },
  hono: { bytes: 1 * kB, parents: halves },
  tasks: { bytes: 6 * kB, parents: halves },
};

const present = new Map(
  subpaths.filter((one) => one.exists).map(({ name, source }) => [name.replace(/^mcplex\/?/, "") || ".", source]),
);

const privateSources = new Map(privateNames(["default"]).map(({ name, source }) => [name, source]));

/** Finds private names such as `#sender` among the sources, as a platform without conditions does. */
const resolvePrivateNames = {
  name: "private-names",
  setup(pass) {
    pass.onResolve({ filter: /^#/ }, ({ path }) => ({ path: join(root, "src", privateSources.get(path) ?? path) }));
  },
};

/** Leaves out everything that is not of this package: modules of Node always, libraries when asked to. */
const leaveOut = (libraries) => ({
  name: "leave-out",
  setup(pass) {
    pass.onResolve({ filter: libraries ? /^[^./]/ : /^node:/ }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path, external: true },
    );
  },
});

const compressed = (files) => gzipSync(Buffer.concat(files.map((file) => file.contents)), { level: 9 }).length;

/**
 * What an import of all these subpaths loads at once: its compressed size, and the minified bytes of each source; and the
 * compressed size of all that can be loaded later besides.
 */
async function bundle(keys, { withLibraries = false } = {}) {
  const contents = keys.map((key, at) => `export * as s${at} from "./${present.get(key)}";`).join("\n");
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, "src") },
    absWorkingDir: root,
    outdir: "out",
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "silent",
    platform: withLibraries ? "node" : "neutral",
    plugins: [resolvePrivateNames, leaveOut(!withLibraries)],
  });
  const loaded = new Set();
  const sources = new Map();
  const waiting = ["out/stdin.js"];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (loaded.has(name)) continue;
    loaded.add(name);
    const { imports, inputs } = metafile.outputs[name];
    for (const [source, { bytesInOutput }] of Object.entries(inputs)) sources.set(source, bytesInOutput);
    waiting.push(...imports.filter((one) => one.kind === "import-statement" && !one.external).map((one) => one.path));
  }
  const files = outputFiles.filter((file) => [...loaded].some((name) => file.path === join(root, name)));
  return { bytes: compressed(files), sources, whole: compressed(outputFiles) };
}

const size = async (keys, options) => (await bundle(keys, options)).bytes;

async function measure(key) {
  const budget = budgets[key];
  const parents = (budget?.parents ?? []).filter((parent) => present.has(parent));
  const { bytes: alone, whole } = await bundle([key]);
  const counted = parents.length === 0 ? alone : (await size([...parents, key])) - (await size(parents));
  const complete = await size([key], { withLibraries: true });
  return { key, alone, counted, complete, whole, budget: budget?.bytes, adds: budget?.parents !== undefined };
}

const show = (bytes, width = 8) => (bytes === undefined ? "-" : (bytes / kB).toFixed(2)).padStart(width);

/** Measures every subpath against its budget; returns whether all keep theirs. */
async function report() {
  console.log(`${"kB, min+gzip".padEnd(17)}at once  counts   budget   with libraries  with what comes later`);
  let over = 0;
  for (const key of present.keys()) {
    const measured = await measure(key).catch((error) => error);
    if (measured instanceof Error) {
      console.log(`${key.padEnd(16)} does not bundle: ${measured.message.split("\n")[1]}`);
      over += 1;
      continue;
    }
    const { alone, counted, complete, whole, budget, adds } = measured;
    const bad = budget !== undefined && counted > budget;
    if (bad) over += 1;
    const counts = (adds ? "+" : "") + show(counted, 0);
    console.log(
      `${key.padEnd(16)}${show(alone)} ${counts.padStart(8)} ${show(budget)} ${show(complete, 16)} ${show(whole, 21)}${bad ? "   OVER" : ""}`,
    );
  }
  if (over > 0) console.log(`${over} over budget`);
  return over === 0;
}

/** Shows which sources make a subpath large, before compression. */
async function explain(key) {
  const { bytes, sources } = await bundle([key]);
  for (const [source, minified] of [...sources].toSorted(([, a], [, b]) => b - a)) {
    if (minified > 0) console.log(`${show(minified)}  ${source}`);
  }
  console.log(`${show(bytes)}  all of it, compressed`);
}

const asked = process.argv[2];
if (asked === undefined) process.exitCode = (await report()) ? 0 : 1;
else if (present.has(asked)) await explain(asked);
else {
  console.error(`No subpath named ${asked}. There are: ${[...present.keys()].join(", ")}`);
  process.exitCode = 2;
}
