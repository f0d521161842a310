import { mergeConfig, type ViteUserConfig } from "vitest/config";
import { root } from "../../scripts/folders.mjs";
import shared from "../../vitest.config.ts";

/** The robustness suite: the tests of the whole, on other files, one file at a time per core. */
const { test, ...others } = shared as ViteUserConfig;

export default mergeConfig(others, {
  root,
  test: {
    ...test,
    include: ["test/robustness/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
} satisfies ViteUserConfig);
