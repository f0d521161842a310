/** The server that the conformance suite asks: one server, one URL, every revision. */
import { serveHttp } from "mcplex/node";
import { Server } from "mcplex/server";
import { askingTools } from "./server/asking.ts";
import { addChanges } from "./server/changes.ts";
import { contentTools, simpleText } from "./server/content.ts";
import { prompts } from "./server/prompts.ts";
import { resources } from "./server/resources.ts";
import { roundTools } from "./server/rounds.ts";
import { schemaTools } from "./server/schemas.ts";
import { addSkills } from "./server/skills.ts";
import { addTasks } from "./server/tasks.ts";

const server = new Server({ name: "mcplex-conformance", version: "1.0.0" });
// The suite calls the first tool without arguments.
server.add(simpleText, ...contentTools, ...schemaTools, ...askingTools, ...roundTools, ...resources, ...prompts);
addChanges(server);
addSkills(server);
addTasks(server);

const { url } = await serveHttp(server, { port: 0, log: () => {} });
// The suite wants this very name.
console.log(url.replace("127.0.0.1", "localhost"));
