// A hotel that asks before it books, on 2026-07-28: nothing stays in the process between the rounds of a call. What is
// known by then travels sealed with the client, so any process with the same keys can go on.
//
//   STATE_KEY=... node server.js one 3000
import { serveHttp } from "mcplex/node";
import { Server, ToolError } from "mcplex/server";
import { z } from "zod";

const [, , name = "one", port = "0"] = process.argv;
const log = (what: string): void => console.log(`    ${name}: ${what}`);

const server = new Server({ name: "hotel", version: "1.0.0" }, { stateKeys: [process.env["STATE_KEY"] ?? ""] }).tool(
  "book",
  { input: z.object({ city: z.string() }) },
  async ({ city }, context) => {
    // The handler runs from the top in every round. What has an effect stands in `once`: later rounds reuse its value.
    const room = await context.once("hold", () => {
      log(`holds a room in ${city}`);
      return 7;
    });
    // Runs once, if the call as a whole fails.
    context.defer(() => log(`gives room ${room} back`));

    const { nights } = await context.require("How many nights?", z.object({ nights: z.number().int().min(1) }));
    if (!(await context.confirm(`Pay ${nights * 90} € for room ${room}?`))) throw new ToolError("Not paid");

    // A step is done at least once. What must not be done twice is done under a key that all rounds share.
    const receipt = await context.once("pay", () => pay(context.requestKey, nights * 90));
    return `Room ${room} for ${nights} nights, ${receipt}`;
  },
);

/** Stands for a bank that takes a payment once for each key. */
function pay(key: string, amount: number): string {
  log(`pays ${amount} € under a key of ${key.length} characters`);
  return "paid";
}

const serving = await serveHttp(server, { port: Number(port), log: () => {} });
// To the client of this example, which started it.
process.send?.(serving.url);
