import type { Context } from "./context.ts";

/** What list, completion and visibility callbacks get: who asks, and nothing that could ask back. */
export type ListContext = Pick<
  Context,
  "client" | "meta" | "signal" | "trace" | "values" | "http" | "auth" | "binding"
>;
