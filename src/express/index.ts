export { type ExpressHandler, mcp } from "./mcp.ts";
