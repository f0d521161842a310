// Completes the arguments of a prompt and of a URI template, as an editor does while somebody types.
//
//   npm run example -- completion
import { connect } from "mcplex/node";

const client = await connect(["node", "server.js"]);
const query = { type: "ref/prompt", name: "query" } as const;
const table = { type: "ref/resource", uri: "table://{name}" } as const;

for (const typed of ["", "or", "ol"]) {
  const { values } = await client.complete({ ref: query, argument: { name: "table", value: typed } });
  console.log(`table "${typed}":`, values);
}

// The arguments that are filled in already go along.
for (const chosen of ["customers", "orders"]) {
  const context = { arguments: { table: chosen } };
  const { values } = await client.complete({ ref: query, argument: { name: "column", value: "id" }, context });
  console.log(`column "id" of ${chosen}:`, values);
}

const { values, total, hasMore } = await client.complete({ ref: table, argument: { name: "name", value: "c" } });
console.log(`table://${values[0]}, ${total} in all${hasMore ? " and more" : ""}`);

await client.close();
