/** Tools that ask the user or the client's model, in every revision. */
import type { ElicitRequestFormParams } from "mcplex";
import { tool } from "mcplex/server";
import { z } from "zod";

const defaults = z.object({
  name: z.string().default("John Doe"),
  age: z.int().default(30),
  score: z.number().default(95.5),
  status: z.enum(["active", "inactive", "pending"]).default("active"),
  verified: z.boolean().default(true),
});

/**
 * In the very words of the suite: a form that is made of a schema would name the choices of `legacyEnum` as the newest
 * revision does.
 */
const choices: ElicitRequestFormParams["requestedSchema"] = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: {
      type: "string",
      oneOf: [
        { const: "value1", title: "First Option" },
        { const: "value2", title: "Second Option" },
        { const: "value3", title: "Third Option" },
      ],
    },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
    titledMulti: {
      type: "array",
      items: {
        anyOf: [
          { const: "value1", title: "First Choice" },
          { const: "value2", title: "Second Choice" },
          { const: "value3", title: "Third Choice" },
        ],
      },
    },
  },
};

export const askingTools = [
  tool(
    "test_sampling",
    { description: "Asks the client's model", input: z.object({ prompt: z.string() }) },
    async ({ prompt }, context) => {
      const { content } = await context.sample({
        messages: [{ role: "user", content: { type: "text", text: prompt } }],
        maxTokens: 100,
      });
      return `LLM response: ${"text" in content ? content.text : JSON.stringify(content)}`;
    },
  ),
  tool(
    "test_elicitation",
    { description: "Asks the user", input: z.object({ message: z.string() }) },
    async ({ message }, context) => {
      const form = z.object({ username: z.string(), email: z.string() }).partial();
      const { action, content } = await context.elicit(message, form);
      return `User response: ${action}, ${JSON.stringify(content)}`;
    },
  ),
  tool("test_elicitation_sep1034_defaults", { description: "Asks with defaults" }, async (_input, context) => {
    const { action, content } = await context.elicit("Please check these values", defaults);
    return `Elicitation completed: action=${action}, content=${JSON.stringify(content)}`;
  }),
  tool("test_elicitation_sep1330_enums", { description: "Asks with choices" }, async (_input, context) => {
    const { form } = await context.ask({
      form: { method: "elicitation/create", params: { message: "Please choose", requestedSchema: choices } },
    });
    return `Elicitation completed: action=${form.action}, content=${JSON.stringify(form.content)}`;
  }),
  tool("test_streaming_elicitation", { description: "Asks for a confirmation" }, async (_input, context) =>
    (await context.confirm("Go on?")) ? "Went on" : "Stopped",
  ),
  tool("test_missing_capability", { description: "Cannot do without the client's model" }, async (_input, context) => {
    const { model } = await context.sample({
      messages: [{ role: "user", content: { type: "text", text: "Which model are you?" } }],
      maxTokens: 10,
    });
    return `The model is ${model}`;
  }),
];
