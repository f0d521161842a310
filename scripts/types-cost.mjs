// What the types of `server.tool` cost a compiler, and how an error in a handler reads: `npm run types:cost`.
//
// Fifty tools with zod schemas are compiled beside the same schemas and handlers as plain functions; the counts of type
// instantiations are compared, which are the same on every machine.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildIfNeeded } from "./build.mjs";
import { root } from "./folders.mjs";

const tools = 50;
const limit = { ratio: 1.3, errorLines: 5 };

if (!existsSync(join(root, "src", "server", "index.ts"))) {
  console.log("There is no src/server/index.ts to measure.");
  process.exit();
}

const zod = 'import { z } from "zod";\n';
const imports = `import { Server } from "mcplex/server";\n${zod}`;
const numbers = Array.from({ length: tools }, (_, at) => at);

const schemas = numbers
  .map(
    (at) => `
const input${at} = z.object({
  name${at}: z.string(),
  count: z.number().int().min(1),
  flag: z.boolean().optional(),
  tags: z.array(z.string()),
  place: z.object({ city: z.string(), at: z.object({ north: z.number(), east: z.number() }) }),
  kind: z.union([z.literal("a"), z.literal("b"), z.object({ other: z.string() })]),
});
const output${at} = z.object({
  id: z.string(),
  total${at}: z.number(),
  done: z.boolean(),
  notes: z.array(z.string()).optional(),
  owner: z.object({ name: z.string(), mail: z.string() }),
  state: z.union([z.literal("open"), z.object({ closed: z.string() })]),
});`,
  )
  .join("\n");

const answer = (at) => `({
    id: args.name${at},
    total${at}: args.count + args.place.at.north,
    done: args.flag ?? false,
    notes: args.tags,
    owner: { name: typeof args.kind === "string" ? args.kind : args.kind.other, mail: args.place.city },
    state: args.flag ? "open" : { closed: "today" },
  })`;

const plain = (at) => `
export function tool${at}(args: z.output<typeof input${at}>): z.output<typeof output${at}> {
  return ${answer(at)};
}`;

const call = (at) => `.tool(
  "tool${at}",
  { description: "Tool ${at}", input: input${at}, output: output${at} },
  (args, context) => ${answer(at)},
)`;

const server = 'new Server({ name: "cost", version: "1.0.0" })';
const chained = `export const server = ${server}${numbers.map(call).join("")};\n`;
const called = `export const server = ${server};\n${numbers.map((at) => `server${call(at)};`).join("\n")}\n`;

const wrong = (keyword) => `
export const server = ${server}.tool(
  "sum",
  { input: z.object({ a: z.number() }), output: z.object({ total: z.number(), unit: z.enum(["m", "km"]) }) },
  ${keyword}(args) => ({ total: String(args.a), unit: "m" }),
);
`;

const programs = {
  plain: `${zod}${schemas}\n${numbers.map(plain).join("\n")}\n`,
  chained: `${imports}${schemas}\n${chained}`,
  called: `${imports}${schemas}\n${called}`,
  "wrong return": `${imports}${wrong("")}`,
  "wrong promise": `${imports}${wrong("async ")}`,
};

const folder = join(root, ".tmp", `types-cost-${process.pid}`);

/** Compiles one program; returns what the compiler printed, by line. */
function compile(name) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--extendedDiagnostics", "--singleThreaded", "--pretty", "false"];
  const run = spawnSync(process.execPath, [tsc, "-p", join(folder, name), ...flags], { encoding: "utf8" });
  return { status: run.status, lines: (run.stdout + run.stderr).split("\n") };
}

function instantiations(name) {
  const { status, lines } = compile(name);
  const count = lines.map((line) => /^Instantiations:\s+(\d+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  if (status === 0 && count !== undefined) return Number(count);
  throw new Error(`${name} does not compile:\n${lines.slice(0, 20).join("\n")}`);
}

try {
  await buildIfNeeded();
  for (const [name, text] of Object.entries(programs)) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "program.ts"), text);
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
    };
    await writeFile(join(folder, name, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  }

  const alone = instantiations("plain");
  console.log(`${"zod alone".padEnd(16)} ${alone} instantiations`);
  for (const name of ["chained", "called"]) {
    const count = instantiations(name);
    const ratio = count / alone;
    const verdict = ratio <= limit.ratio ? "ok" : `above ${limit.ratio}`;
    console.log(`${`tools ${name}`.padEnd(16)} ${count} instantiations, ratio ${ratio.toFixed(3)}: ${verdict}`);
    if (ratio > limit.ratio) process.exitCode = 1;
  }

  for (const name of ["wrong return", "wrong promise"]) {
    const { lines } = compile(name);
    const end = lines.findIndex((line) => line.startsWith("Files:"));
    const errors = lines.slice(0, end).filter((line) => line.trim() !== "");
    const good = errors.length > 0 && errors.length <= limit.errorLines;
    console.log(`${name.padEnd(16)} ${errors.length} lines: ${good ? "ok" : `not 1 to ${limit.errorLines}`}`);
    if (good) continue;
    console.log(errors.join("\n"));
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
