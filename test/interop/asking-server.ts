/** A server that asks in every way that there is, over stdio, or over HTTP with `--http`. */
import process from "node:process";
import { serveHttp } from "mcplex/node";
import { type Context, inputRequired, Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const form = z.object({ nights: z.int().min(1), breakfast: z.boolean().default(true) });
const question = {
  method: "elicitation/create",
  params: { message: "Name?", requestedSchema: { type: "object", properties: { name: { type: "string" } } } },
} as const;

const asks = {
  form: (context: Context) => context.elicit("How long?", form),
  visit: (context: Context) => context.elicitUrl("Sign in", "https://example.com/sign-in", { elicitationId: "one" }),
  sample: (context: Context) =>
    context.sample({ messages: [{ role: "user", content: { type: "text", text: "Say hello" } }], maxTokens: 9 }),
  roots: (context: Context) => context.roots(),
};

const wanted = z.object({ what: z.array(z.enum(["form", "visit", "sample", "roots"])) });
let held = 0;

const server = new Server(
  { name: "asker", version: "1.0.0" },
  { stateKeys: ["not a secret, but thirty-two characters long"] },
)
  .tool("ask", { input: wanted }, async ({ what }, context) => {
    const answers = await Promise.all(what.map(async (key) => [key, await asks[key](context)] as const));
    if (what.includes("visit")) await context.visited("one");
    return JSON.stringify(Object.fromEntries(answers));
  })
  .tool("book", {}, async (_, context) => {
    const hold = await context.once("hold", () => ++held);
    context.defer(() => void held--);
    const { nights } = await context.require("How long?", form);
    const sure = await context.confirm(`Book ${nights} nights?`);
    return JSON.stringify({ nights, sure, hold });
  })
  .tool("held", {}, () => String(held))
  .tool("result", {}, (_, { inputResponses, requestState }) => {
    const { name } = inputResponses ?? {};
    if (name === undefined) return inputRequired({ inputRequests: { name: question }, requestState: { å: "漢" } });
    return JSON.stringify({ name, requestState });
  })
  .tool("later", {}, (_, { requestState }) => {
    const times = (requestState as number | undefined) ?? 0;
    return times === 2 ? "ready" : inputRequired({ requestState: times + 1 });
  })
  .prompt("asked", {}, async (_, context) => `For ${(await context.require("How long?", form)).nights} nights`)
  .resource("memo://asked", async (_, context) => `${(await context.require("How long?", form)).nights} nights`);

if (process.argv.includes("--http")) await serveHttp(server, { port: 0, ssePath: "/sse" });
else serveStdio(server);
