/** The tables of the architecture: which folder stands in which layer, and what may stand only in some places. */

/** The layers, lowest first. `.` is `src/index.ts`. */
const layers: readonly (readonly string[])[] = [
  [
    "errors",
    "auth-error",
    "json",
    "limits",
    "jsonrpc",
    "jsonrpc/pipes",
    "jsonrpc/wire",
    "jsonrpc/channels",
    "schema",
    "stores",
  ],
  ["protocol", "protocol/methods", "."],
  ["client", "server", "transports", "auth/client", "auth/server"],
  ["client/extensions", "client/http", "client/stdio", "server/extensions", "server/http", "server/stdio"],
  ["node", "express", "fastify", "hono", "stores/redis", "tasks", "decorators"],
  ["cli", "testing"],
];

const layerOf: ReadonlyMap<string, number> = new Map(
  layers.flatMap((places, layer) => places.map((place) => [place, layer] as const)),
);

/** Files that import nothing and that everything may import. */
const leaves: readonly string[] = ["errors", "auth-error", "json", "limits"];

/**
 * Neighbours within a layer: what is loaded later knows what is there at once, the root gives the protocol's types, and a
 * framework for Node mounts what `node` has.
 */
const neighbours: ReadonlyMap<string, readonly string[]> = new Map([
  ["jsonrpc/wire", ["jsonrpc", "jsonrpc/pipes"]],
  ["jsonrpc/channels", ["jsonrpc", "jsonrpc/pipes", "jsonrpc/wire"]],
  ["protocol/methods", ["protocol"]],
  [".", ["protocol", "protocol/methods"]],
  ["express", ["node"]],
  ["fastify", ["node"]],
]);

/** The place a file under src belongs to, such as `server/http`; undefined when it is in no layer. */
export function placeOf(path: string): string | undefined {
  if (path === "index.ts") return ".";
  let place = path.replace(/\.ts$/, "");
  while (!layerOf.has(place)) {
    const end = place.lastIndexOf("/");
    if (end === -1) return undefined;
    place = place.slice(0, end);
  }
  return place;
}

/** Why `from` may not import `to`, both places; undefined when it may. `isPublic` says whether `to` is a subpath. */
export function refusal(from: string, to: string, isPublic: boolean): string | undefined {
  if (from === to) return undefined;
  const [lower, upper] = [layerOf.get(to) ?? 0, layerOf.get(from) ?? 0];
  if (leaves.includes(from)) return `${from} imports nothing`;
  if (leaves.includes(to)) return undefined;
  if (neighbours.get(from)?.includes(to)) return undefined;
  if (lower >= upper) return `${from} (layer ${upper}) may import only lower layers, and ${to} is in layer ${lower}`;
  if (upper === 3 && lower === 2 && !from.startsWith(`${to}/`)) return `${from} may import its own parent, not ${to}`;
  if (upper >= 4 && !isPublic && to !== "stores") return `${from} may import public subpaths, and ${to} is none`;
  return undefined;
}

/** Files that may import `node:` modules. */
export function mayUseNode(path: string): boolean {
  return /^(node|express|fastify|cli)\/|\/stdio[^/]*\/|\/stdio[^/]*$|-node\.ts$/.test(path);
}

/** Where each package may be imported: path prefixes, and whether the import must be lazy or of types only. */
export const packages: ReadonlyMap<string, { places: readonly string[]; only?: "dynamic" | "type" }> = new Map([
  ["cross-spawn", { places: ["client/stdio/"] }],
  ["re2js", { places: ["schema/validator/linear-patterns.ts"] }],
  ["eventsource-parser", { places: ["client/http/"] }],
  ["oauth4webapi", { places: ["auth/client/"] }],
  ["jose", { places: ["auth/client/", "auth/server/"], only: "dynamic" }],
  ["undici", { places: ["node/"], only: "dynamic" }],
  ["commander", { places: ["cli/"] }],
  ["express", { places: ["express/"], only: "type" }],
  ["fastify", { places: ["fastify/"], only: "type" }],
  ["hono", { places: ["hono/"], only: "type" }],
]);

/** Files that are loaded when they are first needed, so only `import()` reaches them. */
export const lazyFiles: readonly string[] = [
  "schema/validator/index.ts",
  "schema/validator/linear-patterns.ts",
  "server/legacy.ts",
  "server/serving/index.ts",
  "server/http/posting.ts",
  "server/further-answers.ts",
  "server/asking.ts",
  "client/cache.ts",
  "client/http/legacy.ts",
  "client/http/transport.ts",
  "client/input.ts",
  "client/legacy.ts",
  "client/listening.ts",
  "client/outputs.ts",
  "client/stdio/child-transport.ts",
  "client/supervisor.ts",
  "tasks/follow.ts",
  "tasks/legacy-client.ts",
  "tasks/modern-client.ts",
  "transports/channels.ts",
];

/** The era of a file that translates for one, by its name; undefined for every other file. */
export function eraOf(path: string): "legacy" | "modern" | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name.startsWith("legacy")) return "legacy";
  return name.startsWith("modern") ? "modern" : undefined;
}

/** Files that choose between the eras, and so may import both. */
export function choosesEra(path: string): boolean {
  return (
    /(^|\/)(dual|connect|index)\.ts$/.test(path) ||
    path === "server/http/posting.ts" ||
    path === "server/http/endpoint.ts" ||
    path === "client/http/transport.ts"
  );
}

/** Files in which a revision of the protocol may be written. */
export function mayNameRevisions(path: string): boolean {
  return (
    path === "protocol/revisions.ts" ||
    path === "protocol/methods/methods.ts" ||
    eraOf(path) !== undefined ||
    /(^|\/)(dual|connect)\.ts$/.test(path)
  );
}
