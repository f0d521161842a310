// Tools whose result has a schema: programs get a value that fits it, the model gets text.
import { jsonSchema, result, Server, ToolError } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const weather = z.object({ celsius: z.number(), sky: z.enum(["clear", "cloudy", "rain"]) });
const known = new Map<string, z.infer<typeof weather>>([
  ["Bergen", { celsius: 9, sky: "rain" }],
  ["Rome", { celsius: 24, sky: "clear" }],
]);

function lookUp(city: string): z.infer<typeof weather> {
  const found = known.get(city);
  if (found === undefined) throw new ToolError(`No weather for ${city}; known are ${[...known.keys()].join(", ")}`);
  return found;
}

export const server = new Server({ name: "weather", version: "1.0.0" })
  // A bare value is the output: the text that the model reads is made from it.
  .tool("weather", { input: z.object({ city: z.string() }), output: weather }, ({ city }) => lookUp(city))
  // `result` has both, and whatever else a result may have.
  .tool("describe", { input: z.object({ city: z.string() }), output: weather }, ({ city }) => {
    const structuredContent = lookUp(city);
    const { celsius, sky } = structuredContent;
    return result({ content: `In ${city} it is ${celsius} °C, and ${sky}.`, structuredContent });
  })
  // Plain JSON Schema does as well. An output may be anything, also a list.
  .tool("cities", { output: jsonSchema<string[]>({ type: "array", items: { type: "string" } }) }, () => [
    ...known.keys(),
  ]);

serveStdio(server);
