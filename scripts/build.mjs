// Builds dist: JavaScript by esbuild, one file per folder of src, one for what all of them load and one for what all of
// them load that send messages; what is loaded later has files of its own. Declarations by tsc, file by file.
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
import { entries, joint, missing, root } from "./folders.mjs";

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

/** The output that stands for a folder, or a source of no folder, where it stands for others too. */
const jointOf = new Map();
for (const [out, sources] of joint) for (const file of sources) jointOf.set(folderOf(file) || file, out);

/** One output for each bundled source: `{ source, folder, out }`, where `out` is relative to dist. */
function outputs(sources) {
  const folders = new Set(entries.map(folderOf).filter((folder) => !jointOf.has(folder)));
  const list = sources.map((file) => {
    const folder = owner(file, folders);
    if (joint.has(folder)) return { source: file, folder, out: folder };
    const name = file.slice(folder === "" ? 0 : folder.length + 1).replace(/\.ts$/, ".js");
    return { source: file, folder, out: posix(join(folder, name.replaceAll("/", "-"))) };
  });
  return { folders, bySource: new Map(list.map((one) => [one.source, one])) };
}

/** The folder, or joint output, whose part a source is: of the nearest folder above it that has an entry. */
function owner(file, folders) {
  if (jointOf.has(file)) return jointOf.get(file);
  let folder = folderOf(file);
  while (folder !== "" && !folders.has(folder) && !jointOf.has(folder)) folder = folderOf(folder);
  return jointOf.get(folder) ?? folder;
}

/** Turns imports of sources with an output of their own into imports of that output. */
function crossing(folder, { folders, bySource }) {
  const own = joint.has(folder) ? folder : undefined;
  return {
    name: "crossing",
    setup(pass) {
      pass.onResolve({ filter: /^\./ }, ({ path, importer, resolveDir, kind }) => {
        if (kind === "entry-point") return undefined;
        const target = inSource(resolve(resolveDir, path));
        const output = bySource.get(target);
        if (output !== undefined && output.folder !== own) {
          const specifier = posix(relative(join("/", own === undefined ? folder : ""), join("/", output.out)));
          return { path: specifier.startsWith(".") ? specifier : `./${specifier}`, external: true };
        }
        if (owner(target, folders) === folder) return undefined;
        return { errors: [{ text: `${inSource(importer)} imports ${target}: import its folder's index.ts` }] };
      });
    },
  };
}

/** Marks an import of a source whose code stands in the main file of its folder: `./main.js?tools.ts`. */
const MAIN = "./main.js?";

/** Turns imports of these sources into marked ones. */
function fromMain(sources) {
  return {
    name: "from-main",
    setup(pass) {
      pass.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const target = inSource(resolve(resolveDir, path));
        return kind !== "entry-point" && sources.has(target) ? { path: MAIN + target, external: true } : undefined;
      });
    },
  };
}

/** The names that a text imports by marked imports, by source; and the text without the marks. */
function unmarked(text, names) {
  const statement = /^(import|export) \{([^}]*)\} from "\.\/main\.js\?([^"]+)";$/gm;
  return text.replace(statement, (_, verb, list, file) => {
    const known = names.get(file) ?? new Set();
    for (const one of list.split(",").filter((part) => part.trim() !== "")) known.add(one.trim().split(" as ")[0]);
    names.set(file, known);
    return `${verb} {${list}} from "./main.js";`;
  });
}

/**
 * Builds a folder of which parts are loaded later. Where these need what is loaded at once, all of that stands in one
 * file, `main.js`, from which they and the index take it: esbuild by itself would make a file of each combination.
 */
async function buildInParts(folder, parts, plan, out) {
  const plugins = [packagesExternal, crossing(folder, plan)];
  const index = parts.find((one) => one.source === posix(join(folder, "index.ts")));
  const file = (one) => ({ in: join(source, one.source), out: basename(one.out, ".js") });
  const outdir = join(out, folder);
  const { metafile } = await build({
    ...common,
    entryPoints: [file(index)],
    outdir,
    write: false,
    metafile: true,
    plugins,
  });
  const inputs = Object.keys(metafile.inputs).map((path) => inSource(join(root, path)));
  const main = new Set(inputs.filter((one) => one !== index.source));
  const names = new Map();
  const write = async (entryPoints) => {
    const built = await build({
      ...common,
      entryPoints,
      outdir,
      chunkNames: "shared-[hash]",
      write: false,
      plugins: [fromMain(main), ...plugins],
    });
    await mkdir(outdir, { recursive: true });
    await Promise.all(built.outputFiles.map(({ path, text }) => writeFile(path, unmarked(text, names))));
    return built.warnings;
  };
  const warnings = await write(parts.filter((one) => one !== index).map(file));
  if (names.size === 0) {
    const whole = await build({ ...common, entryPoints: [file(index)], outdir, plugins });
    return { warnings: [...warnings, ...whole.warnings] };
  }
  warnings.push(...(await write([file(index)])));
  const contents = [...names].map(([from, some]) => `export { ${[...some].join(", ")} } from "./${from}";`).join("\n");
  const stdin = { contents, resolveDir: source };
  const whole = await build({ ...common, stdin, outfile: join(outdir, "main.js"), splitting: false, plugins });
  return { warnings: [...warnings, ...whole.warnings] };
}

async function buildScripts(out) {
  const plan = outputs([...new Set([...entries, ...(await dynamicImports())])]);
  const results = await Promise.all([
    ...[...joint].map(([name, sources]) =>
      build({
        ...common,
        stdin: { contents: sources.map((file) => `export * from "./${file}";`).join("\n"), resolveDir: source },
        outfile: join(out, name),
        splitting: false,
        plugins: [packagesExternal, crossing(name, plan)],
      }),
    ),
    ...[...plan.folders].map((folder) => {
      const parts = [...plan.bySource.values()].filter((one) => one.folder === folder);
      const index = parts.find((one) => basename(one.source) === "index.ts");
      if (parts.length > 1 && index !== undefined) return buildInParts(folder, parts, plan, out);
      return build({
        ...common,
        entryPoints: parts.map((one) => ({ in: join(source, one.source), out: basename(one.out, ".js") })),
        outdir: join(out, folder),
        chunkNames: "shared-[hash]",
        plugins: [packagesExternal, crossing(folder, plan)],
      });
    }),
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
