import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { ChatMessage, ToolCall } from "../../examples/chat/model.ts";

/** What an example needs around it: arguments, what somebody types, and what must be there meanwhile. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly close?: () => unknown;
}

/** By the name of the example; the others need nothing. */
export const surroundings: Readonly<Record<string, () => Promise<Surroundings>>> = { chat: scriptedModel };

/** The words that a model was asked for, and with what it answers. */
type Script = readonly { readonly hears: string; readonly says: Pick<ChatMessage, "content" | "tool_calls"> }[];

const call = (id: string, name: string, args: object): ToolCall => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify(args) },
});

const script: Script = [
  {
    hears: "Get me four apples and a pear",
    says: {
      content: null,
      tool_calls: [call("1", "stock", { product: "apples" }), call("2", "stock", { product: "pears" })],
    },
  },
  {
    hears: "There is no pears; there are apples, bread",
    says: { content: null, tool_calls: [call("3", "order", { product: "apples", amount: 4 })] },
  },
  { hears: "Ordered 4 apples", says: { content: "Four apples are on their way. There are no pears." } },
  {
    hears: "And the rest of the apples",
    says: { content: null, tool_calls: [call("4", "order", { product: "apples", amount: 12 })] },
  },
  { hears: "There are not 12 apples", says: { content: "There are not as many." } },
];

/** A model that says what its script says, over HTTP, as long as it hears what the script expects. */
async function scriptedModel(): Promise<Surroundings> {
  let at = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { messages, tools, model } = JSON.parse(body) as {
        messages: ChatMessage[];
        tools: unknown[];
        model: string;
      };
      const line = script[at++];
      const isRight =
        request.url === "/v1/chat/completions" &&
        request.headers.authorization === "Bearer s3cret" &&
        model === "scripted" &&
        tools.length === 2 &&
        messages.at(-1)?.content === line?.hears;
      const answer = isRight ? { choices: [{ message: { role: "assistant", ...line?.says } }] } : { error: messages };
      response.writeHead(isRight ? 200 : 400, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    args: ["--url", url, "--model", "scripted", "--key-env", "MODEL_KEY"],
    env: { MODEL_KEY: "s3cret" },
    input: "Get me four apples and a pear\nAnd the rest of the apples\n",
    close: () => server.close(),
  };
}
