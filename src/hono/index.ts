export { type HonoHandler, mcp } from "./mcp.ts";
