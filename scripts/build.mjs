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
import { entries, foundations, joint, missing, root } from "./folders.mjs";

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
    const name = file.slice(folder === "" ? 0 : folder.length + 1).replace(/(?<=.)\/index\.ts$|\.ts$/, ".js");
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

/** Marks an import of a source whose code stands in another file of its folder: `./main.js?server/tools.ts`. */
const marked = (file, source) => `./${file}?${source}`;

/** Turns imports of sources that stand in other files of the folder into marked ones. */
function fromOthers(homes) {
  return {
    name: "from-others",
    setup(pass) {
      pass.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const target = inSource(resolve(resolveDir, path));
        const home = kind === "import-statement" ? homes.get(target) : undefined;
        return home === undefined ? undefined : { path: marked(home, target), external: true };
      });
    },
  };
}

/** Lets a source be part of the output that is built, although it has one of its own. */
function inside(own) {
  return {
    name: "inside",
    setup(pass) {
      pass.onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
        inSource(resolve(resolveDir, path)) === own ? { path: join(source, own) } : undefined,
      );
    },
  };
}

/** Takes the marks off a text, and notes the names that it imports, by their source. */
function unmarked(text, names) {
  const statement = /^(import|export) \{([^}]*)\} from "\.\/([^"?]+)\?([^"]+)";$/gm;
  return text.replace(statement, (_, verb, list, file, from) => {
    const known = names.get(from) ?? new Set();
    for (const one of list.split(",").filter((part) => part.trim() !== "")) known.add(one.trim().split(" as ")[0]);
    names.set(from, known);
    return `${verb} {${list}} from "./${file}";`;
  });
}

/**
 * Builds a folder of which parts are loaded later. What is loaded at once stands in `main.js`, where other parts need
 * some of it too; and so does what serving or posting needs, on which further parts build, in a file of its own. By
 * itself esbuild would make a file of each combination.
 */
async function buildInParts(folder, parts, plan, out) {
  const plugins = [packagesExternal, crossing(folder, plan)];
  const outdir = join(out, folder);
  const named = (name) => parts.find((one) => one.source === posix(join(folder, name)));
  const index = named("index.ts");
  const stages = [index, ...foundations.map(named)].filter((one) => one !== undefined);
  const warnings = [];
  const run = async (options) => {
    const built = await build({ ...common, outdir, write: false, ...options });
    warnings.push(...built.warnings);
    return built;
  };
  const entry = (one) => ({ in: join(source, one.source), out: basename(one.out, ".js") });
  /** Where each source stands that is in one of the stages. */
  const homes = new Map();
  for (const stage of stages) {
    const { metafile } = await run({
      entryPoints: [entry(stage)],
      metafile: true,
      plugins: [fromOthers(homes), ...plugins],
    });
    const home = stage === index ? "main.js" : basename(stage.out);
    for (const path of Object.keys(metafile?.inputs ?? {})) {
      const input = inSource(join(root, path));
      if (input !== index.source && !homes.has(input)) homes.set(input, home);
    }
  }
  /** What the files take from one another: names by their source. */
  const names = new Map();
  const write = async (options, foreign, own) => {
    const { outputFiles = [] } = await run({
      chunkNames: "shared-[hash]",
      ...options,
      plugins: [inside(own), fromOthers(foreign), ...plugins],
    });
    await mkdir(outdir, { recursive: true });
    await Promise.all(outputFiles.map(({ path, text }) => writeFile(path, unmarked(text, names))));
  };
  const others = (home) => new Map([...homes].filter(([, one]) => one !== home));
  const stage = async (home, own) => {
    const taken = [...names].filter(([from]) => homes.get(from) === home);
    const lines = taken.map(([from, some]) => `export { ${[...some].join(", ")} } from "./${from}";`);
    const contents = [...(own === undefined ? [] : [`export * from "./${own}";`]), ...lines].join("\n");
    await write(
      { stdin: { contents, resolveDir: source }, outfile: join(outdir, home), outdir: undefined, splitting: false },
      others(home),
      own,
    );
  };
  await write({ entryPoints: parts.filter((one) => !stages.includes(one)).map(entry) }, homes);
  for (const one of stages.slice(1).reverse()) await stage(basename(one.out), one.source);
  if ([...names.keys()].every((from) => homes.get(from) !== "main.js"))
    await write({ entryPoints: [entry(index)] }, others("main.js"));
  else {
    await write({ entryPoints: [entry(index)] }, homes);
    await stage("main.js");
  }
  return { warnings };
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
