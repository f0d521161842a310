// Uses the handbook as a client of today and as one of 2025, and shows what went over the wire:
//
//   npm run demo [-- <folder>]                     the handbook, on a copy of a folder of Markdown; default docs/
//   npm run demo -- --http [<folder>]              the same over HTTP, in three ways on one port
//   npm run demo -- --auth [<folder>]              the same behind OAuth, with three ways in, and one scope too few
//   npm run demo -- --command "node server.js"     another server
//   npm run demo -- --timeout 2000 ...             how long a silent server is waited for, in milliseconds
import { rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { LATEST_REVISION, LocalError, type Revision } from "mcplex";
import { Client, type Connectable } from "mcplex/client";
import { http } from "mcplex/client/http";
import { stdio } from "mcplex/client/stdio";
import { Folder } from "./folder.ts";
import { startHttpServer } from "./over-http.ts";
import { DemoError, type Tell, useAnyServer, useHandbook } from "./steps.ts";
import { Wire } from "./wire.ts";
import { visitWithAuth } from "./with-auth.ts";

/** The newest revision that opens with a handshake. */
const OLDER: Revision = "2025-11-25";
const project = join(import.meta.dirname, "../..");

interface Options {
  readonly folder: string;
  /** Whether the handbook is served over HTTP. */
  readonly overHttp: boolean;
  /** Whether it is protected. */
  readonly protects: boolean;
  /** Words of the command that starts another server. */
  readonly command: readonly string[] | undefined;
  readonly timeout: number;
}

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    options: {
      auth: { type: "boolean", default: false },
      command: { type: "string" },
      http: { type: "boolean", default: false },
      timeout: { type: "string", default: "10000" },
    },
    allowPositionals: true,
  });
  const timeout = Number(values.timeout);
  if (!(timeout > 0)) throw new DemoError(`--timeout needs a number of milliseconds, not ${values.timeout}`);
  if (positionals.length > 1) throw new DemoError(`One folder is served, not ${positionals.length}`);
  const command = values.command === undefined ? undefined : wordsOf(values.command);
  if (command?.length === 0) throw new DemoError('--command needs a command, such as "node server.js"');
  if (command !== undefined && values.http) throw new DemoError("--http serves the handbook: leave out --command");
  if (values.auth && (values.http || command !== undefined)) throw new DemoError("--auth stands alone");
  const folder = positionals[0] ?? join(project, "docs");
  return { folder, overHttp: values.http, protects: values.auth, command, timeout };
}

/** The words of a command line; those between quotes stay together. */
function wordsOf(command: string): string[] {
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => (/^(["']).*\1$/s.test(word) ? word.slice(1, -1) : word));
}

async function demo({ folder, overHttp, protects, command, timeout }: Options): Promise<void> {
  if (command !== undefined) return useAnother(command, timeout);
  const { root, copy, server } = await prepare(folder);
  if (protects) return visitProtected(root, copy);
  const use = (client: Client, tell: Tell) => useHandbook(client, tell, { folder: copy, timeout });
  const visits = overHttp
    ? await visitOverHttp(root, server, timeout, use)
    : await visitOverStdio(root, server, timeout, use);
  const [first, ...others] = visits.map(({ outcomes }) => JSON.stringify(outcomes));
  if (others.some((other) => other !== first)) throw new DemoError("The visits gave different outcomes");
  const times = visits.length === 2 ? "Both" : `All ${visits.length}`;
  console.log(`\n${times} times the same ${visits[0]?.outcomes.length} outcomes, from handlers that are written once.`);
}

async function useAnother([program = "", ...args]: readonly string[], timeout: number): Promise<void> {
  console.log(`Another server, started as: ${[program, ...args].join(" ")}`);
  const reach = stdio({ command: program, args });
  const newest = await visit(reach, undefined, timeout, useAnyServer);
  if (newest.version !== OLDER) await visit(reach, OLDER, timeout, useAnyServer);
}

async function visitProtected(root: string, copy: string): Promise<void> {
  console.log(`A handbook: the Markdown of ${root}, served from a copy`);
  await visitWithAuth(copy, print, (text) => console.log(strong(`\n${text}`)));
}

type Use = (client: Client, tell: Tell) => Promise<void>;

async function visitOverStdio(root: string, [command = "", ...args]: readonly string[], timeout: number, use: Use) {
  console.log(`A handbook: the Markdown of ${root}, served over stdio from a copy`);
  const reach = stdio({ command, args });
  return [await visit(reach, LATEST_REVISION, timeout, use), await visit(reach, OLDER, timeout, use)];
}

/** One port for clients of every age: stateless, with a session, and with the two connections of the oldest ones. */
async function visitOverHttp(root: string, server: readonly string[], timeout: number, use: Use) {
  const handbook = await startHttpServer([...server, "--http", "--port", "0"], timeout);
  console.log(`A handbook: the Markdown of ${root}, served from a copy on ${handbook.url}`);
  try {
    return [
      await visit(http(handbook.url), LATEST_REVISION, timeout, use, "stateless"),
      await visit(http(handbook.url), OLDER, timeout, use, "with a session"),
      await visit(http(new URL("/sse", handbook.url)), OLDER, timeout, use, "by HTTP+SSE"),
    ];
  } finally {
    await handbook.close();
  }
}

/** A copy of the folder, which is removed at the exit, and the command that serves it. */
async function prepare(path: string): Promise<{ root: string; copy: string; server: readonly string[] }> {
  const folder = await Folder.open(path);
  const copy = await mkdtemp(join(tmpdir(), "handbook-"));
  process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
  await copyPages(folder, copy);
  const server = [process.execPath, join(project, "scripts/run.mjs"), join(import.meta.dirname, "server.ts"), copy];
  return { root: folder.root, copy, server };
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

/** Connects to a server, and uses it in one revision, or the newest that it has. */
async function visit(
  reach: Connectable,
  revision: Revision | undefined,
  timeout: number,
  use: Use,
  how?: string,
): Promise<Visit> {
  const wire = new Wire();
  const outcomes: string[] = [];
  const tell: Tell = (done, outcome) => {
    outcomes.push(outcome);
    print(done, outcome, wire.take());
  };
  const client = await Client.connect(reach, {
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
    console.log(strong(`\nRevision ${client.version}${how === undefined ? "" : `, ${how}`}`));
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
