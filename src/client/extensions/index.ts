export { type ClientSide, clientSide } from "./client-side.ts";
