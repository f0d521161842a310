// Builds dist: JavaScript by esbuild, one file per folder of src and one for what all of them load, and declarations by
// tsc, file by file.
//
//   node scripts/build.mjs [--out <folder>] [--if-needed]
//
// A folder imports another folder's output, so every class exists once. Types are not checked here: `npm run check` does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { core, entries, missing, root } from "./folders.mjs";

const source = join(root, "src");
const posix = (path) => path.split(sep).join("/");
/** `/…/src/server/index.ts` -> `server/index.ts` */
const inSource = (path) => posix(relative(source, path));
const folderOf = (file) => (dirname(file) === "." ? "" : dirname(file));

/** @satisfies {import("esbuild").BuildOptions} */
const common = /** @type {const} */ ({
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  splitting: true,
  legalComments: "none",
  logLevel: "silent",
});

/** Leaves everything but relative imports to whoever loads the output. */
const packagesExternal = {
  name: "packages-external",
  setup(pass) {
    pass.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path, external: true },
    );
  },
};

/** Sources that some source imports with `import()`: they get an output file of their own. */
async function dynamicImports() {
  const result = await build({
    ...common,
    entryPoints: entries.map((entry) => join(source, entry)),
    outdir: join(root, "dist"),
    outbase: source,
    write: false,
    metafile: true,
    plugins: [packagesExternal],
  });
  const found = Object.values(result.metafile.inputs)
    .flatMap((input) => input.imports)
    .filter((one) => one.kind === "dynamic-import" && !one.external)
    .map((one) => inSource(join(root, one.path)));
  return [...new Set(found)];
}

/** The folder of src that the output of the core stands for; no source is in it. */
const CORE = "core";
const coreFolders = new Set(core.map(folderOf).filter((folder) => folder !== ""));

/** One output for each bundled source: `{ source, folder, out }`, where `out` is relative to dist. */
function outputs(sources) {
  const folders = new Set(entries.map(folderOf).filter((folder) => !coreFolders.has(folder)));
  const list = sources.map((file) => {
    if (core.includes(file)) return { source: file, folder: CORE, out: "core.js" };
    const folder = owner(file, folders);
    const name = file.slice(folder === "" ? 0 : folder.length + 1).replace(/\.ts$/, ".js");
    return { source: file, folder, out: posix(join(folder, name.replaceAll("/", "-"))) };
  });
  return { folders, bySource: new Map(list.map((one) => [one.source, one])) };
}

/** The folder whose output a source is part of: the nearest one above it that has an entry. */
function owner(file, folders) {
  let folder = folderOf(file);
  while (folder !== "" && !folders.has(folder) && !coreFolders.has(folder)) folder = folderOf(folder);
  return coreFolders.has(folder) || core.includes(file) ? CORE : folder;
}

/** Turns imports of sources with an output of their own into imports of that output. */
function crossing(folder, { folders, bySource }) {
  return {
    name: "crossing",
    setup(pass) {
      pass.onResolve({ filter: /^\./ }, ({ path, importer, resolveDir, kind }) => {
        if (kind === "entry-point") return undefined;
        const target = inSource(resolve(resolveDir, path));
        const output = bySource.get(target);
        if (output !== undefined && output.folder !== (folder === CORE ? CORE : undefined)) {
          const specifier = posix(relative(join("/", folder === CORE ? "" : folder), join("/", output.out)));
          return { path: specifier.startsWith(".") ? specifier : `./${specifier}`, external: true };
        }
        if (owner(target, folders) === folder) return undefined;
        return { errors: [{ text: `${inSource(importer)} imports ${target}: import its folder's index.ts` }] };
      });
    },
  };
}

async function buildScripts(out) {
  const plan = outputs([...new Set([...entries, ...(await dynamicImports())])]);
  const results = await Promise.all([
    build({
      ...common,
      stdin: { contents: core.map((file) => `export * from "./${file}";`).join("\n"), resolveDir: source },
      outfile: join(out, "core.js"),
      splitting: false,
      plugins: [packagesExternal, crossing(CORE, plan)],
    }),
    ...[...plan.folders].map((folder) =>
      build({
        ...common,
        entryPoints: [...plan.bySource.values()]
          .filter((one) => one.folder === folder)
          .map((one) => ({ in: join(source, one.source), out: basename(one.out, ".js") })),
        outdir: join(out, folder),
        chunkNames: "shared-[hash]",
        plugins: [packagesExternal, crossing(folder, plan)],
      }),
    ),
  ]);
  const warnings = results.flatMap((result) => result.warnings);
  if (warnings.length > 0) throw new Error(warnings.map((warning) => warning.text).join("\n"));
  return plan.bySource.size;
}

async function buildTypes(out) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const run = spawn(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", out], { cwd: root });
  let output = "";
  run.stdout.on("data", (text) => (output += text));
  run.stderr.on("data", (text) => (output += text));
  const [code] = await once(run, "close");
  if (code !== 0) throw new Error(`tsc: ${output}`);
  await endInJs(out);
}

/** Declarations import each other by the name that the JavaScript has, as every tool that reads them expects. */
async function endInJs(out) {
  const declarations = (await readdir(out, { recursive: true })).filter((name) => name.endsWith(".d.ts"));
  await Promise.all(
    declarations.map(async (name) => {
      const text = await readFile(join(out, name), "utf8");
      await writeFile(join(out, name), text.replace(/(\bfrom |\bimport |\bimport\()"(\.[^"\n]*)\.ts"/g, '$1"$2.js"'));
    }),
  );
}

/** Builds into `out`, which is replaced as a whole and only when the build succeeded. */
export async function buildPackage(out = join(root, "dist")) {
  const started = performance.now();
  const fresh = join(dirname(out) === root ? join(root, ".tmp") : dirname(out), `${basename(out)}-${process.pid}`);
  await mkdir(fresh, { recursive: true });
  try {
    const [count] = await Promise.all([buildScripts(fresh), buildTypes(fresh)]);
    await rm(out, { recursive: true, force: true });
    await rename(fresh, out);
    return { count, missing, seconds: (performance.now() - started) / 1000 };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Whether dist is missing, or older than a source. */
async function outdated(out) {
  const built = await stat(out).catch(() => undefined);
  if (built === undefined) return true;
  const sources = (await readdir(source, { recursive: true })).map((name) => join(source, name));
  const times = await Promise.all(
    [...sources, join(root, "package.json")].map(async (name) => (await stat(name)).mtimeMs),
  );
  return times.some((time) => time > built.mtimeMs);
}

/** Builds dist when it is missing or older than a source. */
export async function buildIfNeeded(out = join(root, "dist")) {
  return (await outdated(out)) ? await buildPackage(out) : undefined;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const { values } = parseArgs({ options: { out: { type: "string" }, "if-needed": { type: "boolean" } } });
  try {
    const built = await (values["if-needed"] ? buildIfNeeded : buildPackage)(values.out && resolve(values.out));
    if (built !== undefined) {
      const without = built.missing.length === 0 ? "" : `; no source for ${built.missing.join(", ")}`;
      console.log(`built ${built.count} modules in ${built.seconds.toFixed(1)} s${without}`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
