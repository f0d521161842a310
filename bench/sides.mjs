// What is measured: LIMIT, mcplex, and their peers. `can` names what a side has, by the `needs` of the workloads.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LEGACY } from "./load/messages.mjs";

const here = import.meta.dirname;
const peers = join(here, "peers");

const LEGACY_HTTP = ["http stateless", "http session"];
const ALL = [
  ...["memory", "stdio", "stdio 2026", "json", ...LEGACY_HTTP, "http 2026", "streams", "listen"],
  ...["client http", "client http 2026", "client stdio"],
];

function side(name, folder, { packages = /** @type {string[]} */ ([]), can, imports = {}, version = LEGACY }) {
  const importing = Object.keys(imports).map((part) => `import ${part}`);
  return {
    name,
    peer: folder === "peers",
    module: pathToFileURL(join(here, folder, `${name}.mjs`)).href,
    packages,
    /** What a program of its users imports. */
    imports,
    /** The program that imports it, where it is found. */
    importer: join(here, folder === "peers" ? "peers" : "children", "import.mjs"),
    can: new Set([...can, ...importing]),
    /** The revision that its clients ask for in a handshake. */
    version,
  };
}

/** What the servers of all SDKs that have stdio can do. */
const SERVER = ["stdio", ...LEGACY_HTTP, "streams"];

export const sides = [
  side("limit", "adapters", { can: ALL }),
  side("mcplex", "adapters", { can: ALL, imports: { server: "mcplex/server", client: "mcplex/client" } }),
  side("v1", "peers", {
    packages: ["@modelcontextprotocol/sdk"],
    can: [...SERVER, "memory", "client http", "client stdio"],
    imports: { server: "@modelcontextprotocol/sdk/server/mcp.js", client: "@modelcontextprotocol/sdk/client/index.js" },
  }),
  side("v2", "peers", {
    packages: ["@modelcontextprotocol/server", "@modelcontextprotocol/client", "@modelcontextprotocol/node"],
    can: ALL.filter((need) => need !== "json"),
    imports: { server: "@modelcontextprotocol/server", client: "@modelcontextprotocol/client" },
  }),
  side("fastmcp", "peers", {
    packages: ["fastmcp"],
    can: [...SERVER, "memory"],
    imports: { server: "fastmcp" },
  }),
  side("mcp-lite", "peers", {
    packages: ["mcp-lite"],
    can: [...LEGACY_HTTP, "streams"],
    imports: { server: "mcp-lite" },
    version: "2025-06-18",
  }),
  side("tmcp", "peers", {
    packages: ["tmcp", "@tmcp/transport-stdio", "@tmcp/transport-http", "@tmcp/adapter-zod"],
    can: [...SERVER, "memory", "stdio 2026", "http 2026", "listen"],
    imports: { server: "tmcp" },
  }),
];

/** The version of each package of a side, as it is installed. */
export function versionsOf({ packages }) {
  const versionOf = (name) =>
    JSON.parse(readFileSync(join(peers, "node_modules", name, "package.json"), "utf8")).version;
  return packages.map((name) => `${name} ${versionOf(name)}`);
}

/** When a file was written, or 0 when there is none. */
const written = (...path) => statSync(join(peers, ...path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Installs the peers, which are no dependency of the package, as their lockfile says. */
export function installPeers() {
  if (written("node_modules", ".package-lock.json") >= written("package-lock.json")) return;
  const { status } = spawnSync("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: peers,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("The peers could not be installed");
}
