export { type ServerSide, serverSide, undeclared } from "./server-side.ts";
