import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { root, subpaths } from "../scripts/folders.mjs";
import {
  indexFilesOnlyReExport,
  namesSayTheirSubject,
  publicExportsHaveDocstrings,
  revisionsHaveTheirFiles,
} from "./layers/contents.ts";
import {
  erasAreChosenOnce,
  everyFileHasALayer,
  foldersHaveOneDoor,
  importsHaveNoCycle,
  layersPointDown,
  lazyFilesAreLazy,
  nodeStaysInItsPlaces,
  packagesStayInTheirPlaces,
} from "./layers/imports.ts";
import { filesAreShort, functionsAreShort, theWholeIsShort } from "./layers/sizes.ts";
import { type Rule, readTree, type Tree, type Violation } from "./layers/sources.ts";

const rules: Record<string, Rule> = {
  everyFileHasALayer,
  layersPointDown,
  foldersHaveOneDoor,
  importsHaveNoCycle,
  nodeStaysInItsPlaces,
  packagesStayInTheirPlaces,
  lazyFilesAreLazy,
  erasAreChosenOnce,
  revisionsHaveTheirFiles,
  filesAreShort,
  functionsAreShort,
  theWholeIsShort,
  indexFilesOnlyReExport,
  publicExportsHaveDocstrings,
  namesSayTheirSubject,
};

const show = ({ path, line, message }: Violation): string => `src/${path}:${line} ${message}`;

function readSources(): Tree {
  const folder = join(root, "src");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const files = paths.map((path) => [path.split(sep).join("/"), readFileSync(join(folder, path), "utf8")] as const);
  return readTree(
    new Map(files),
    subpaths.map(({ source }) => source),
  );
}

describe("the sources keep the rules", () => {
  const tree = readSources();
  it.each(Object.entries(rules))("%s", (_, rule) => {
    expect(rule(tree).map(show).join("\n")).toBe("");
  });
});

/** A tree that keeps every rule. */
const good: Record<string, string> = {
  "index.ts":
    'export { Failure } from "./errors.ts";\nexport type { Message } from "./jsonrpc/index.ts";\n' +
    'export { newest } from "./protocol/index.ts";\nexport type * from "./protocol/types/index.ts";\n',
  "errors.ts": "/** A failure. */\nexport class Failure extends Error {}\n",
  "limits.ts": "/** The limits. */\nexport const limits: object = {};\n",
  "jsonrpc/index.ts": 'export type { Message } from "./message.ts";\n',
  "jsonrpc/message.ts": "/** A message. */\nexport interface Message {}\n",
  "schema/index.ts": 'export { engine } from "./patterns.ts";\n',
  "schema/patterns.ts": 'export const engine = (): Promise<unknown> => import("./validator/linear-patterns.ts");\n',
  "schema/validator/linear-patterns.ts": 'import { RE2JS } from "re2js";\nexport const compile: unknown = RE2JS;\n',
  "protocol/index.ts": 'export { newest } from "./revisions.ts";\n',
  "protocol/types/index.ts": 'export type { Tool } from "./tool.ts";\n',
  "protocol/types/tool.ts": "/** A tool. */\nexport interface Tool {}\n",
  "protocol/revisions.ts": '/** The newest revision. */\nexport const newest: string = "2026-07-28";\n',
  "server/index.ts": 'export { Server } from "./server.ts";\n',
  "server/server.ts":
    'import { newest } from "../protocol/index.ts";\nimport { open } from "./dual.ts";\n' +
    "/** Answers requests. */\nexport class Server { version: string = newest; opened: unknown = open; }\n",
  "server/dual.ts": 'import { old } from "./legacy-wire.ts";\nexport const open: unknown = old;\n',
  "server/legacy-wire.ts": 'export const old: string = "2024-11-05";\n',
  "server/stdio/index.ts": 'export { serveStdio } from "./serve.ts";\n',
  "server/stdio/serve.ts":
    'import { stdin } from "node:process";\nimport { Server } from "../index.ts";\n' +
    "/** Serves. */\nexport function serveStdio(server: Server): unknown { return [server, stdin]; }\n",
  "client/index.ts": 'export { Client } from "./client.ts";\n',
  "client/client.ts": "/** Asks. */\nexport class Client {}\n",
  "client/stdio/index.ts": 'export { stdio } from "./spawn.ts";\n',
  "client/stdio/spawn.ts": 'import spawn from "cross-spawn";\n/** Spawns. */\nexport const stdio: unknown = spawn;\n',
  "node/index.ts": 'export { connect } from "./connect.ts";\n',
  "node/connect.ts":
    'import { Client } from "../client/index.ts";\nimport { stdio } from "../client/stdio/index.ts";\n' +
    "/** Connects. */\nexport const connect: unknown = [Client, stdio];\n",
};

const entries = Object.keys(good).filter((path) => /^(index|(server|client|node)(\/stdio)?\/index)\.ts$/.test(path));

function broken(changes: Record<string, string>): string[] {
  const tree = readTree(new Map(Object.entries({ ...good, ...changes })), entries);
  return Object.values(rules).flatMap((rule) => rule(tree).map(show));
}

const lines = (count: number): string => Array.from({ length: count }, (_, at) => `  n += ${at};`).join("\n");

describe("a rule fires when it is broken", () => {
  it("and not before", () => {
    expect(broken({})).toEqual([]);
  });

  const cases: [title: string, changes: Record<string, string>, violation: string][] = [
    [
      "a file in no layer",
      { "auth/shared.ts": "" },
      "src/auth/shared.ts:1 stands in no layer: add its folder to test/layers/places.ts",
    ],
    [
      "errors import something",
      { "errors.ts": 'import "./limits.ts";\n/** A failure. */\nexport class Failure {}\n' },
      "src/errors.ts:1 errors imports nothing",
    ],
    [
      "an import upwards",
      { "jsonrpc/message.ts": '\nimport "../protocol/index.ts";\n/** A message. */\nexport interface Message {}\n' },
      "src/jsonrpc/message.ts:2 jsonrpc (layer 0) may import only lower layers, and protocol is in layer 1",
    ],
    [
      "an import upwards, of a type, in the middle of a line",
      { "jsonrpc/message.ts": '/** A message. */\nexport type Message = import("../client/index.ts").Client;\n' },
      "src/jsonrpc/message.ts:2 jsonrpc (layer 0) may import only lower layers, and client is in layer 2",
    ],
    [
      "client and server know each other",
      { "client/client.ts": '/** Asks. */\nexport { Server as Client } from "../server/index.ts";\n' },
      "src/client/client.ts:2 client (layer 2) may import only lower layers, and server is in layer 2",
    ],
    [
      "a child with another parent",
      { "client/stdio/more.ts": 'import "../../server/index.ts";\n' },
      "src/client/stdio/more.ts:1 client/stdio may import its own parent, not server",
    ],
    [
      "a platform that takes the inner way",
      { "node/more.ts": 'import "../jsonrpc/index.ts";\n' },
      "src/node/more.ts:1 node may import public subpaths, and jsonrpc is none",
    ],
    [
      "a back door",
      { "server/more.ts": 'import "../protocol/revisions.ts";\n' },
      "src/server/more.ts:1 imports protocol/revisions.ts: import protocol/index.ts",
    ],
    [
      "a back door behind an index",
      { "server/more.ts": 'import "../protocol/types/index.ts";\n' },
      "src/server/more.ts:1 imports protocol/types/index.ts: import protocol/index.ts",
    ],
    [
      "the package by its own name",
      { "node/more.ts": 'import "mcplex/client";\n' },
      "src/node/more.ts:1 imports mcplex/client: import it by its path",
    ],
    [
      "a cycle",
      {
        "client/a.ts": '\nexport * from "./b.ts";\n',
        "client/b.ts": 'import type {} from "./c.ts";\n',
        "client/c.ts": 'import "./a.ts";\n',
      },
      "src/client/a.ts:2 is part of an import cycle: client/a.ts -> client/b.ts -> client/c.ts -> client/a.ts",
    ],
    [
      "a file that imports itself",
      { "client/a.ts": 'export * from "./a.ts";\n' },
      "src/client/a.ts:1 is part of an import cycle: client/a.ts -> client/a.ts",
    ],
    [
      "node: on every platform",
      { "client/more.ts": '\n\nimport type { Readable } from "node:stream";\nexport type R = Readable;\n' },
      "src/client/more.ts:3 imports node:stream: node: belongs in */stdio*, node/, express/, fastify/, cli/ and *-node.ts",
    ],
    [
      "a file for Node without its condition",
      { "client/more.ts": 'import "./sender-node.ts";\n', "client/sender-node.ts": 'import "node:http";\n' },
      'src/client/more.ts:1 imports client/sender-node.ts: reach it through a condition of "imports" in package.json',
    ],
    [
      "a package in the wrong place",
      { "client/more.ts": 'import spawn from "cross-spawn";\nexport const more: unknown = spawn;\n' },
      "src/client/more.ts:1 imports cross-spawn: only client/stdio/ may",
    ],
    [
      "a package nobody knows",
      { "client/more.ts": 'import type { ZodType } from "zod/v4";\nexport type More = ZodType;\n' },
      "src/client/more.ts:1 imports zod: no part of src may",
    ],
    [
      "a heavy package loaded at once",
      { "node/more.ts": 'import "undici";\n' },
      "src/node/more.ts:1 imports undici: load it with import() when it is needed",
    ],
    [
      "a heavy file loaded at once",
      { "schema/patterns.ts": 'export { compile as engine } from "./validator/linear-patterns.ts";\n' },
      "src/schema/patterns.ts:1 imports schema/validator/linear-patterns.ts: load it with import() when it is needed",
    ],
    [
      "an era known to everybody",
      { "server/more.ts": 'import { old } from "./legacy.ts";\nexport const more: unknown = old;\n' },
      "src/server/more.ts:1 imports server/legacy.ts: only the file that chooses the era may",
    ],
    [
      "a revision anywhere",
      { "server/more.ts": 'export const more = (v: string): boolean =>\n  v < "2025-06-18";\n' },
      'src/server/more.ts:2 writes the revision in "2025-06-18": ask protocol/revisions.ts or protocol/methods/methods.ts',
    ],
    [
      "a revision in a template",
      { "server/more.ts": "export const more = (x: string): string => `${x}: not before 2026-07-28`;\n" },
      'src/server/more.ts:1 writes the revision in ": not before 2026-07-28": ask protocol/revisions.ts or protocol/methods/methods.ts',
    ],
    [
      "a long file",
      { "server/more.ts": `export let n = 0;\n${"n += 1;\n\n// why\n".repeat(100)}` },
      "src/server/more.ts:1 has 301 lines, more than 300",
    ],
    [
      "a long function",
      { "server/more.ts": `let n = 0;\nexport class More {\n  more(): void {\n${lines(59)}\n  }\n}\n` },
      "src/server/more.ts:3 a function of 61 lines of code, more than 60",
    ],
    [
      "an index with a room behind the door",
      { "server/index.ts": 'export { Server } from "./server.ts";\nexport const more: number = 1;\n' },
      "src/server/index.ts:2 an index file only re-exports: move this to a file of its own",
    ],
    [
      "a public export without docstring, behind two doors",
      { "errors.ts": "// A failure.\nexport class Failure extends Error {}\n" },
      "src/errors.ts:2 exports Failure without a docstring",
    ],
    [
      "a public export without docstring, under other names",
      {
        "node/index.ts": 'export { b as c } from "./b.ts";\n',
        "node/b.ts": 'export { a as b } from "./a.ts";\n',
        "node/a.ts": "\nexport const a: number = 1;\n",
      },
      "src/node/a.ts:2 exports c without a docstring",
    ],
    [
      "a file that says nothing",
      { "server/string-utils.ts": "" },
      'src/server/string-utils.ts:1 has "utils" in its name',
    ],
    [
      "an export that says nothing",
      { "server/more.ts": "const inner = 1;\nexport { inner as SessionManager };\n" },
      'src/server/more.ts:2 exports SessionManager: "Manager" says nothing',
    ],
  ];
  it.each(cases)("%s", (_, changes, violation) => {
    expect(broken(changes)).toContain(violation);
  });

  it("src as a whole too long", () => {
    const files = Array.from({ length: 83 }, (_, at) => [`server/part${at}.ts`, `let n = 0;\n${lines(280)}`] as const);
    expect(broken(Object.fromEntries(files))).toContainEqual(
      expect.stringMatching(/^src\/index.ts:1 src has 23\d\d\d lines/),
    );
  });

  it("and lets pass what only looks like it", () => {
    const fine = {
      "server/more.ts":
        "// since 2025-06-18\n/** {@link https://example.com/2026-07-28} */\n" +
        "export interface Implementation { simple: number; implicit: boolean }\n",
      "server/legacy-session.ts": 'import { old } from "./legacy-wire.ts";\nexport const session: unknown = old;\n',
    };
    expect(broken(fine)).toEqual([]);
  });
});
