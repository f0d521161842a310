// Uses the handbook as a client of today and as one of 2025, and shows what went over the wire:
//
//   npm run demo [-- <folder>]                     the handbook, on a copy of a folder of Markdown; default docs/
//   npm run demo -- --command "node server.js"     another server
//   npm run demo -- --timeout 2000 ...             how long a silent server is waited for, in milliseconds
import { rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { LATEST_REVISION, LocalError, type Revision } from "mcplex";
import { Client } from "mcplex/client";
import { stdio } from "mcplex/client/stdio";
import { Folder } from "./folder.ts";
import { DemoError, type Tell, useAnyServer, useHandbook } from "./steps.ts";
import { Wire } from "./wire.ts";

/** The newest revision that opens with a handshake. */
const OLDER: Revision = "2025-11-25";
const project = join(import.meta.dirname, "../..");

interface Options {
  readonly folder: string;
  /** Words of the command that starts another server. */
  readonly command: readonly string[] | undefined;
  readonly timeout: number;
}

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    options: { command: { type: "string" }, timeout: { type: "string", default: "10000" } },
    allowPositionals: true,
  });
  const timeout = Number(values.timeout);
  if (!(timeout > 0)) throw new DemoError(`--timeout needs a number of milliseconds, not ${values.timeout}`);
  if (positionals.length > 1) throw new DemoError(`One folder is served, not ${positionals.length}`);
  const command = values.command === undefined ? undefined : wordsOf(values.command);
  if (command?.length === 0) throw new DemoError('--command needs a command, such as "node server.js"');
  return { folder: positionals[0] ?? join(project, "docs"), command, timeout };
}

/** The words of a command line; those between quotes stay together. */
function wordsOf(command: string): string[] {
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => (/^(["']).*\1$/s.test(word) ? word.slice(1, -1) : word));
}

async function demo({ folder: path, command, timeout }: Options): Promise<void> {
  if (command !== undefined) {
    const use = (client: Client, tell: Tell) => useAnyServer(client, tell);
    console.log(`Another server, started as: ${command.join(" ")}`);
    const newest = await visit(command, undefined, timeout, use);
    if (newest.version !== OLDER) await visit(command, OLDER, timeout, use);
    return;
  }
  const folder = await Folder.open(path);
  const copy = await mkdtemp(join(tmpdir(), "handbook-"));
  process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
  await copyPages(folder, copy);
  const server = [process.execPath, join(project, "scripts/run.mjs"), join(import.meta.dirname, "server.ts"), copy];
  console.log(`A handbook: the Markdown of ${folder.root}, served over stdio from a copy`);
  const use = (client: Client, tell: Tell) => useHandbook(client, tell, { folder: copy, timeout });
  const newest = await visit(server, LATEST_REVISION, timeout, use);
  const older = await visit(server, OLDER, timeout, use);
  const same = JSON.stringify(newest.outcomes) === JSON.stringify(older.outcomes);
  if (!same) throw new DemoError("The two revisions gave different outcomes");
  console.log(`\nBoth times the same ${newest.outcomes.length} outcomes, from handlers that are written once.`);
}

async function copyPages(folder: Folder, copy: string): Promise<void> {
  for (const path of await folder.paths()) {
    const target = join(copy, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(folder.root, path), target);
  }
}

interface Visit {
  readonly version: Revision;
  readonly outcomes: readonly string[];
}

/** Starts a server, uses it in one revision, or the newest that it has, and ends it. */
async function visit(
  [command = "", ...args]: readonly string[],
  revision: Revision | undefined,
  timeout: number,
  use: (client: Client, tell: Tell) => Promise<void>,
): Promise<Visit> {
  const wire = new Wire();
  const outcomes: string[] = [];
  const tell: Tell = (done, outcome) => {
    outcomes.push(outcome);
    print(done, outcome, wire.take());
  };
  const client = await Client.connect(stdio({ command, args }), {
    info: { name: "handbook-demo", version: "1.0.0" },
    revisions: revision === undefined ? undefined : [revision],
    middleware: [wire.middleware],
    // What an older server tells belongs to no request, and so passes by the middleware.
    on: { "notifications/resources/updated": () => wire.hear({ method: "notifications/resources/updated" }) },
    timeout,
    probeTimeout: timeout,
  }).catch((error: unknown) => {
    throw new DemoError(`No conversation with that server: ${explain(error)}`);
  });
  try {
    const { info, capabilities } = client.server;
    console.log(strong(`\nRevision ${client.version}`));
    const server = info === undefined ? "a server without a name" : `${info.name} ${info.version}`;
    print("Connect", `${server} offers ${Object.keys(capabilities).join(", ")}`, wire.take());
    await use(client, tell);
    return { version: client.version, outcomes };
  } finally {
    await client.close();
  }
}

const colours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const strong = (text: string): string => (colours ? `\u001b[1m${text}\u001b[22m` : text);
const faint = (text: string): string => (colours ? `\u001b[2m${text}\u001b[22m` : text);

function print(done: string, outcome: string, travelled: string): void {
  console.log(`  ${done}: ${outcome}`);
  console.log(faint(`      ${travelled}`));
}

/** One line that says what went wrong. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const kind = error instanceof LocalError ? ` (${error.code})` : "";
  return `${error.message.trim().replace(/\s*\n\s*/g, "; ")}${kind}`;
}

// What is left behind is removed at the exit, also when somebody stops the demo, or reads no further.
process.stdout.on("error", () => process.exit(1));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

try {
  await demo(readOptions());
} catch (error) {
  console.error(`demo: ${explain(error)}`);
  process.exitCode = 1;
}
