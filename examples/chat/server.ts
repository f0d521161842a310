// Tools for the chat: what is in the shop, and how to order it.
import { Server, ToolError } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const stock = new Map([
  ["apples", 12],
  ["bread", 0],
]);

const server = new Server({ name: "shop", version: "1.0.0" }, { instructions: "Look at the stock before you order." })
  .tool("stock", { description: "How much there is", input: z.object({ product: z.string() }) }, ({ product }) => {
    const amount = stock.get(product);
    if (amount === undefined) throw new ToolError(`There is no ${product}; there are ${[...stock.keys()].join(", ")}`);
    return `${amount} ${product}`;
  })
  .tool(
    "order",
    { description: "Orders a product", input: z.object({ product: z.string(), amount: z.number().int().min(1) }) },
    ({ product, amount }) => {
      if ((stock.get(product) ?? 0) < amount) throw new ToolError(`There are not ${amount} ${product}`);
      stock.set(product, (stock.get(product) ?? 0) - amount);
      return `Ordered ${amount} ${product}`;
    },
  );

serveStdio(server);
