export { type FastifyMcp, mcp } from "./mcp.ts";
