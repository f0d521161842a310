import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { privateNames, root, subpaths } from "./scripts/folders.mjs";

/** Names of this package stand for its sources, so that tests never run a stale build. */
const aliases = [...subpaths, ...privateNames(["node", "default"])].map(({ name, source }) => ({
  find: new RegExp(`^${name.replaceAll("/", "\\/")}$`),
  replacement: join(root, "src", source),
}));

export default defineConfig({
  resolve: { alias: aliases },
  esbuild: { target: "es2022" },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/tools/**", "test/robustness/**", "**/node_modules/**"],
    pool: "forks",
    globalSetup: ["scripts/test-setup.mjs"],
    testTimeout: 10_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
  },
});
