// Notes that change while clients listen: each note is a resource, and so is the list of them.
import { serveHttp } from "mcplex/node";
import { Server } from "mcplex/server";
import { z } from "zod";

const notes = new Map([["shopping", "Milk"]]);

export const server = new Server({ name: "notes", version: "1.0.0" }).resource(
  "note://{name}",
  ({ name }) => notes.get(name),
  { name: "note", list: () => [...notes.keys()].map((name) => ({ uri: `note://${name}`, name })) },
);

server.tool("write", { input: z.object({ name: z.string(), text: z.string() }) }, ({ name, text }) => {
  const isNew = !notes.has(name);
  notes.set(name, text);
  server.updated(`note://${name}`);
  // What `list` reads changed, which the server cannot see by itself.
  if (isNew) server.listChanged("resources");
  return "Written";
});

export const serving = await serveHttp(server, { port: Number(process.argv[2] ?? 0) });
