export { type CommandLine, type ConnectTarget, connect } from "./connect.ts";
