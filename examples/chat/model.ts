/** A message of a chat, in the form that most model servers share. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly tool_calls?: readonly ToolCall[];
  readonly tool_call_id?: string;
}

export interface ToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A tool as the model gets it: what MCP calls `inputSchema` are the `parameters` of a function. */
export interface ChatTool {
  readonly type: "function";
  readonly function: { readonly name: string; readonly description?: string; readonly parameters: object };
}

export interface Model {
  /** Where completions are asked for, such as `http://localhost:11434/v1`. */
  readonly url: string;
  readonly name: string;
  readonly key: string | undefined;
}

/** Asks the model what it says next. */
export async function complete(model: Model, messages: ChatMessage[], tools: ChatTool[]): Promise<ChatMessage> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (model.key !== undefined) headers["authorization"] = `Bearer ${model.key}`;
  const body = JSON.stringify({ model: model.name, messages, tools });
  const reply = await fetch(`${model.url}/chat/completions`, { method: "POST", headers, body });
  if (!reply.ok) throw new Error(`The model answers ${reply.status}: ${await reply.text()}`);
  const { choices } = (await reply.json()) as { choices: { message: ChatMessage }[] };
  const [choice] = choices;
  if (choice === undefined) throw new Error("The model gave no choice");
  return choice.message;
}
