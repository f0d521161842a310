// The tools in zod, which is what most peers want.
import { z } from "zod";
import { describe } from "../load/schemas.mjs";
import { orderInput, orderOutput } from "../load/zod-schemas.mjs";

/** The tools of a profile: `{ name, description, input, output? }`, as `toolList` of the plain ones. */
export function zodTools(profile) {
  const echo = { name: "echo", description: "Echo the text", input: z.object({ text: z.string() }) };
  if (profile === "many") {
    const others = Array.from({ length: 999 }, (_, index) => ({
      name: `tool_${index}`,
      description: describe(index),
      input: z.object({
        query: z.string().describe("Full text query"),
        limit: z.number().int().max(100).optional(),
        offset: z.number().int().optional(),
        filter: z.enum(["all", "open", "closed"]),
        flags: z.object({ deep: z.boolean(), weight: z.number() }).optional(),
      }),
    }));
    return [echo, ...others];
  }
  return [
    echo,
    {
      name: "progress",
      description: "Emit n progress notifications",
      input: z.object({ n: z.number().int(), drip: z.boolean().optional() }),
    },
    { name: "big_out", description: "Return a big text", input: z.object({ bytes: z.number().int() }) },
    { name: "big_in", description: "Accept a big text", input: z.object({ data: z.string() }) },
    { name: "order", description: "Place an order", input: orderInput(z), output: orderOutput(z) },
  ];
}
