// Measures mcplex: next to LIMIT, which is the same work without an SDK, and to its peers; or what does not depend on the
// machine.
//
//   npm run bench [-- --quick] [--only W2,W3] [--peers limit,mcplex] [--markdown <file>] [--json <file>]
//   npm run bench -- import | heap        the rows of W7 and W8 that are about that
//   npm run bench -- --guard | --growth
import { buildIfNeeded } from "../scripts/build.mjs";
import { compare } from "./compare.mjs";

const args = process.argv.slice(2);
await buildIfNeeded();
if (args.includes("--guard")) await import("./guard.mjs");
else if (args.includes("--growth")) await import("./growth.mjs");
else await compare(args);
