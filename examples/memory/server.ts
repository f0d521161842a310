// Notes on whatever keeps them: the store is a parameter, and each call of `notes` makes a server of its own.
import { Server, ToolError } from "mcplex/server";
import { z } from "zod";

export interface Store {
  get(name: string): Promise<string | undefined>;
  set(name: string, text: string): Promise<void>;
}

// What it returns keeps the types of the tools, so that a client has them too.
export function notes(store: Store) {
  return new Server({ name: "notes", version: "1.0.0" })
    .tool("write", { input: z.object({ name: z.string(), text: z.string() }) }, async ({ name, text }) => {
      await store.set(name, text);
      return `Wrote ${name}`;
    })
    .tool("read", { input: z.object({ name: z.string() }) }, async ({ name }) => {
      const text = await store.get(name);
      if (text === undefined) throw new ToolError(`There is no note named ${name}`);
      return text;
    });
}
