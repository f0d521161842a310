/** Tools that ask for input by name: since 2026-07-28 the answers come with the next round of the call. */
import type { PrimitiveSchemaDefinition } from "mcplex";
import { inputRequired, type Question, tool } from "mcplex/server";

const form = (message: string, properties: Readonly<Record<string, PrimitiveSchemaDefinition>>) =>
  ({
    method: "elicitation/create",
    params: { message, requestedSchema: { type: "object", properties, required: Object.keys(properties) } },
  }) as const satisfies Question;

const sampling = (text: string) =>
  ({
    method: "sampling/createMessage",
    params: { messages: [{ role: "user", content: { type: "text", text } }], maxTokens: 100 },
  }) as const satisfies Question;

const roots = { method: "roots/list", params: {} } as const satisfies Question;

export const roundTools = [
  // By hand, since the suite also sends an answer in the first round.
  tool("test_input_required_result_elicitation", { description: "Asks for a name" }, (_input, context) => {
    const answer = context.inputResponses?.["user_name"];
    if (answer === undefined || !("action" in answer)) {
      return inputRequired({
        inputRequests: { user_name: form("What is your name?", { name: { type: "string" } }) },
      });
    }
    return `Hello, ${answer.content?.["name"] ?? "whoever you are"}!`;
  }),
  tool("test_input_required_result_sampling", { description: "Asks the model" }, async (_input, context) => {
    const { capital_question: answer } = await context.ask({
      capital_question: sampling("What is the capital of France?"),
    });
    return `The model said: ${JSON.stringify(answer.content)}`;
  }),
  tool("test_input_required_result_list_roots", { description: "Asks for the roots" }, async (_input, context) => {
    const { client_roots: answer } = await context.ask({ client_roots: roots });
    return `The roots are ${answer.roots.map(({ uri }) => uri).join(", ")}`;
  }),
  tool("test_input_required_result_request_state", { description: "Asks to confirm" }, async (_input, context) => {
    const { confirm } = await context.ask({ confirm: form("Is it all right?", { ok: { type: "boolean" } }) });
    return confirm.action === "accept" ? "state-ok" : "It is not";
  }),
  tool("test_input_required_result_tampered_state", { description: "Asks to confirm" }, async (_input, context) => {
    const { confirm } = await context.ask({ confirm: form("Is it all right?", { ok: { type: "boolean" } }) });
    return `It is: ${confirm.action}`;
  }),
  tool("test_input_required_result_multiple_inputs", { description: "Asks thrice" }, async (_input, context) => {
    const { user_name, greeting, client_roots } = await context.ask({
      user_name: form("What is your name?", { name: { type: "string" } }),
      greeting: sampling("Write a greeting"),
      client_roots: roots,
    });
    return `${user_name.action}, ${JSON.stringify(greeting.content)}, ${client_roots.roots.length} roots`;
  }),
  tool("test_input_required_result_multi_round", { description: "Asks twice" }, async (_input, context) => {
    const { step1 } = await context.ask({ step1: form("Step 1: your name?", { name: { type: "string" } }) });
    const { step2 } = await context.ask({ step2: form("Step 2: your colour?", { color: { type: "string" } }) });
    return `${step1.content?.["name"]} likes ${step2.content?.["color"]}`;
  }),
  tool("test_input_required_result_capabilities", { description: "Asks what it can" }, async (_input, context) => {
    const { sampling: model, elicitation } = context.client.capabilities;
    const questions: Record<string, Question> = {};
    if (model !== undefined) questions["greeting"] = sampling("Write a greeting");
    if (elicitation !== undefined) questions["user_name"] = form("What is your name?", { name: { type: "string" } });
    return `Got ${Object.keys(await context.ask(questions)).join(" and ")}`;
  }),
];
