// A server of which several are started, each with documents of its own: node server.js recipes
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const shelves: Record<string, readonly string[]> = {
  recipes: ["Apple pie", "Bread", "Onion soup"],
  travel: ["Apple orchards of Normandy", "Bergen in the rain"],
};

const [, , name = "recipes"] = process.argv;
const server = new Server({ name, version: "1.0.0" }).tool(
  "search",
  { description: `Searches ${name}`, input: z.object({ word: z.string() }) },
  ({ word }) => shelves[name]?.filter((title) => title.toLowerCase().includes(word)).join(", ") || "nothing",
);

serveStdio(server);
