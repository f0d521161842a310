import { embedded, image, prompt, text } from "mcplex/server";
import { z } from "zod";
import { PIXEL } from "./samples.ts";

/** What the second argument of a prompt may be. */
const COLOURS = ["blue", "green", "red"];

export const prompts = [
  prompt(
    "test_simple_prompt",
    { description: "A prompt without arguments" },
    () => "This is a simple prompt for testing.",
  ),
  prompt(
    "test_prompt_with_arguments",
    {
      description: "A prompt with two arguments",
      input: z.object({ arg1: z.string(), arg2: z.string() }),
      complete: { arg1: (typed) => COLOURS.filter((colour) => colour.startsWith(typed)) },
    },
    ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
  ),
  prompt(
    "test_prompt_with_embedded_resource",
    { description: "A prompt with a resource in it", input: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => [
      {
        role: "user",
        content: embedded({ uri, mimeType: "text/plain", text: "Embedded resource content for testing." }),
      },
      { role: "user", content: text("Please process the embedded resource above.") },
    ],
  ),
  prompt("test_prompt_with_image", { description: "A prompt with a picture in it" }, () => [
    { role: "user", content: image(PIXEL, "image/png") },
    { role: "user", content: text("Please analyze the image above.") },
  ]),
  prompt(
    "test_input_required_result_prompt",
    { description: "A prompt that asks the user first" },
    async (_input, context) => {
      const { user_context: answer } = await context.ask({
        user_context: {
          method: "elicitation/create",
          params: {
            message: "What is it about?",
            requestedSchema: { type: "object", properties: { context: { type: "string" } }, required: ["context"] },
          },
        },
      });
      return `Use this context: ${JSON.stringify(answer.content)}`;
    },
  ),
];
