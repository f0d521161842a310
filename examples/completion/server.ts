// Completion: suggestions for the arguments of prompts and of URI templates, while somebody types.
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const tables = new Map([
  ["customers", ["id", "name", "email", "city"]],
  ["orders", ["id", "customer_id", "placed_at", "total"]],
  ["order_lines", ["order_id", "product", "amount"]],
]);

/** The candidates that have the letters that were typed, in this order; those that begin with them come first. */
function matching(candidates: Iterable<string>, typed: string): string[] {
  const letters = [...typed.toLowerCase()];
  const fits = (name: string): boolean => {
    let at = -1;
    return letters.every((letter) => (at = name.indexOf(letter, at + 1)) >= 0);
  };
  const rank = (name: string): number => (name.startsWith(typed) ? 0 : 1);
  return [...candidates].filter(fits).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

const server = new Server({ name: "sql", version: "1.0.0" })
  .prompt(
    "query",
    {
      description: "Builds a query",
      input: z.object({ table: z.string(), column: z.string() }),
      complete: {
        table: (typed) => matching(tables.keys(), typed),
        // What was chosen before decides what can be chosen now.
        column: (typed, _context, { table = "" }) => matching(tables.get(table) ?? [], typed),
      },
    },
    ({ table, column }) => `Explain what stands in ${column} of ${table}: SELECT ${column} FROM ${table};`,
  )
  .resource("table://{name}", ({ name }) => tables.get(name)?.join("\n"), {
    name: "table",
    complete: { name: (typed) => matching(tables.keys(), typed) },
  });

serveStdio(server);
