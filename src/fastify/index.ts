export { type FastifyMcp, type FastifyMcpOptions, mcp } from "./mcp.ts";
