import type { CallToolResult, Tool } from "mcplex";
import type { Client } from "mcplex/client";
import { type ConnectTarget, connect } from "mcplex/node";

/** Many servers as one: their tools stand in one list, as `server__tool`, so that equal names stay apart. */
export class Servers {
  readonly #clients = new Map<string, Client>();
  /** Why a server could not be connected to, by its name. */
  readonly failed = new Map<string, unknown>();

  /** Connects to all at once. A server that fails is left out, and the others work. */
  static async connect(targets: Readonly<Record<string, ConnectTarget>>): Promise<Servers> {
    const servers = new Servers();
    const names = Object.keys(targets);
    const outcomes = await Promise.allSettled(Object.values(targets).map((target) => connect(target)));
    for (const [at, outcome] of outcomes.entries()) {
      const name = names[at] ?? "";
      if (outcome.status === "fulfilled") servers.#clients.set(name, outcome.value);
      else servers.failed.set(name, outcome.reason);
    }
    return servers;
  }

  /** The tools of all servers, in the order of the servers. */
  async tools(): Promise<Tool[]> {
    const lists = [...this.#clients].map(async ([server, client]) => {
      const tools: Tool[] = [];
      for await (const tool of client.tools()) tools.push({ ...tool, name: `${server}__${tool.name}` });
      return tools;
    });
    return (await Promise.all(lists)).flat();
  }

  /** Calls a tool by the name that it has in {@link tools}. */
  callTool(name: string, args?: Record<string, unknown>): Promise<CallToolResult> {
    const end = name.indexOf("__");
    const client = this.#clients.get(name.slice(0, end));
    if (client === undefined) throw new Error(`There is no tool ${name}`);
    return client.callTool(name.slice(end + 2), args);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }
}
