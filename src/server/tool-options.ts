/**
 * Options of tools that extensions claim. An extension adds to it what `server.use` gives a meaning:
 *
 * ```ts
 * declare module "mcplex/server" {
 *   interface ClaimedToolOptions {
 *     readonly audit?: "all" | "failures";
 *   }
 * }
 * ```
 */
export interface ClaimedToolOptions {}
