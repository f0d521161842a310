import { prompt, resource, tool } from "mcplex/decorators";
import { type Context, ToolError } from "mcplex/server";
import { z } from "zod";

const Numbers = z.object({
  a: z.number().describe("The left number"),
  b: z.number().describe("The right number"),
});
type Numbers = z.infer<typeof Numbers>;

const Value = z.object({ value: z.number() });
const Values = z.object({ values: z.array(z.number()).min(1) });
const Topic = z.object({ topic: z.string().describe("What the problem is about") });

const harmless = { destructiveHint: false, openWorldHint: false };

/** A calculator that remembers what it calculated. Its methods are the tools, and `this` is the calculator. */
export class Calculator {
  readonly #tape: string[] = [];

  @tool({ description: "Adds two numbers", input: Numbers, output: Value, annotations: harmless })
  sum({ a, b }: Numbers) {
    return this.#note(`${a} + ${b}`, a + b);
  }

  @tool({ description: "Subtracts b from a", input: Numbers, output: Value, annotations: harmless })
  subtract({ a, b }: Numbers) {
    return this.#note(`${a} - ${b}`, a - b);
  }

  @tool({ description: "Divides a by b", input: Numbers, output: Value, annotations: harmless })
  divide({ a, b }: Numbers) {
    if (b === 0) throw new ToolError("Nothing can be divided by 0");
    return this.#note(`${a} / ${b}`, a / b);
  }

  @tool({ description: "Gives the mean of numbers, and tells how far it is", input: Values, output: Value })
  async mean({ values }: z.infer<typeof Values>, context: Context) {
    let total = 0;
    for (const [index, value] of values.entries()) {
      await context.progress(index + 1, values.length);
      total += value;
    }
    return this.#note(`mean of ${values.join(", ")}`, total / values.length);
  }

  @resource("calculator://tape", { description: "What was calculated so far", mimeType: "text/plain" })
  tape() {
    return this.#tape.join("\n");
  }

  @prompt({ name: "word-problem", description: "Asks for an exercise", input: Topic })
  wordProblem({ topic }: z.infer<typeof Topic>) {
    return `Write a word problem about ${topic}, and solve it with the tools of the calculator.`;
  }

  #note(said: string, value: number): { value: number } {
    this.#tape.push(`${said} = ${value}`);
    return { value };
  }
}
