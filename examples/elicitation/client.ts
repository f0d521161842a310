// Answers the questions of a server. A real client shows a form; this one prints what it would show, and has answers.
//
//   npm run example -- elicitation
import type { PrimitiveSchemaDefinition } from "mcplex";
import { connect } from "mcplex/node";

const answers: Record<string, string | number | boolean | string[]> = {
  name: "Ada",
  email: "ada@example.com",
  arrival: "2026-08-01",
  nights: 3,
  bed: "d",
  extras: ["crib", "bowl"],
};

const client = await connect(["node", "server.js"], {
  capabilities: { elicitation: { form: {}, url: {} } },
  on: {
    "elicitation/create": (params) => {
      console.log(`? ${params.message}`);
      if (params.mode === "url") {
        // Show the whole URL, and open it in a browser only when the user agrees.
        console.log(`    open ${params.url}`);
        return { action: "accept" };
      }
      const { properties, required = [] } = params.requestedSchema;
      for (const [name, field] of Object.entries(properties)) {
        const label = `${field.title ?? name}${required.includes(name) ? "*" : ""}`;
        console.log(`    ${label}: ${control(field)}`);
      }
      // What is left out here is filled in from the defaults of the form, and all is checked before it leaves.
      const filled = Object.entries(answers).filter(([name]) => Object.hasOwn(properties, name));
      return { action: "accept", content: Object.fromEntries(filled) };
    },
  },
});

for (const tool of ["register", "rename", "pay"]) console.log(await client.call(tool));
await client.close();

/** How a field would be shown. */
function control(field: PrimitiveSchemaDefinition): string {
  if (field.type === "array") {
    const { items } = field;
    return `any of ${"enum" in items ? items.enum.join(", ") : items.anyOf.map(({ title }) => title).join(", ")}`;
  }
  if ("enum" in field) return `one of ${field.enum.join(", ")}`;
  if ("oneOf" in field) return `one of ${field.oneOf.map(({ title }) => title).join(", ")}`;
  const what = "format" in field ? field.format : field.type;
  return field.default === undefined ? `${what}` : `${what}, at first ${field.default}`;
}
