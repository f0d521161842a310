import { Client, type ClientOptions, type ToolsOf } from "../client/index.ts";
import { http } from "../client/http/index.ts";
import { type StdioOptions, stdio } from "../client/stdio/index.ts";
import { DefinitionError } from "../errors.ts";
import type { Connector } from "../index.ts";
import { Server, serve } from "../server/index.ts";
import { memory } from "../transports/index.ts";

/** A program and its arguments, such as `["node", "server.js"]`. */
export type CommandLine = readonly string[];

/** What can be connected to. */
export type ConnectTarget = CommandLine | StdioOptions | URL | string | AnyServer;

type AnyServer = Server;

/**
 * Connects to a server, wherever it is: one in this program, a command that is started, or a URL. For a URL with
 * headers or certificates, use `Client.connect(http(url, options))`.
 *
 * With `connect<typeof server>(command)` the names and arguments of tools are typed, with a server they are anyway.
 *
 * @example
 * ```ts
 * await using client = await connect(["node", "server.js"]);
 * console.log(await client.call("add", { a: 1, b: 2 }));
 * ```
 * @throws DefinitionError for a target that is none; LocalError and ProtocolError as `Client.connect`.
 */
export function connect<S extends AnyServer>(server: S, options?: ClientOptions): Promise<Client<ToolsOf<S>>>;
export function connect<S = unknown>(target: ConnectTarget, options?: ClientOptions): Promise<Client<ToolsOf<S>>>;
export async function connect(target: ConnectTarget, options?: ClientOptions): Promise<Client> {
  if (target instanceof Server) {
    const [here, there] = memory();
    serve(target, there);
    return Client.connect(here, options);
  }
  if (typeof target === "string" || target instanceof URL) return Client.connect(toHttp(target), options);
  return Client.connect(stdio(isCommandLine(target) ? toStdio(target) : target), options);
}

function isCommandLine(target: CommandLine | StdioOptions): target is CommandLine {
  return Array.isArray(target);
}

function toStdio([command, ...args]: CommandLine): StdioOptions {
  if (command === undefined) throw new DefinitionError('A command needs a program: connect(["node", "server.js"])');
  return { command, args };
}

/** A command in one string is a mistake that is easily made. */
function toHttp(target: string | URL): Connector {
  const protocol = URL.canParse(target) ? new URL(target).protocol : undefined;
  if (protocol === "http:" || protocol === "https:") return http(target);
  const message = `"${target}" is no URL of a server. Write a command as an array: connect(["node", "server.js"])`;
  throw new DefinitionError(message);
}
