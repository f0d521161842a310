import { role, samplingBlock } from "./check-content.ts";
import { array, type Check, members, nullable, number, object, oneOf, optional, string } from "./check-fields.ts";
import { requestMeta } from "./check-meta.ts";
import type { SamplingMessage, SamplingMessageContentBlock } from "../types/index.ts";

const samplingBlocks = array(samplingBlock);

const content: Check = (value) => (Array.isArray(value) ? samplingBlocks : samplingBlock)(value);

const conversation = array(members({ role, content }));

/** The parameters of `sampling/createMessage`. */
export const createMessage: Check = members({
  messages: (value) => conversation(value) ?? unanswered(value as readonly SamplingMessage[]),
  maxTokens: number,
  systemPrompt: optional(string),
  temperature: optional(number),
  stopSequences: optional(array(string)),
  tools: optional(array(members({ name: string, inputSchema: object }))),
  toolChoice: optional(members({ mode: optional(oneOf("auto", "required", "none")) })),
  _meta: optional(requestMeta),
});

/** The result of `sampling/createMessage`. */
export const createdMessage: Check = members({ role, content, model: string, stopReason: nullable(string) });

/**
 * A message that uses tools is followed by one that answers every use and holds nothing else. Providers of models
 * refuse any other conversation.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling
 */
function unanswered(messages: readonly SamplingMessage[]): string | undefined {
  let uses: ReadonlySet<string> = new Set();
  for (const [i, message] of messages.entries()) {
    const blocks = [message.content].flat() as readonly SamplingMessageContentBlock[];
    const results = blocks.flatMap((block) => (block.type === "tool_result" ? [block.toolUseId] : []));
    if (results.length > 0 && results.length < blocks.length) return `[${i}].content must hold tool results alone`;
    const answered = new Set(results);
    if (answered.size !== uses.size || results.some((id) => !uses.has(id))) {
      return `[${i}].content must answer the tool uses before it`;
    }
    uses = new Set(blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : [])));
  }
  return uses.size > 0 ? " must answer every tool use" : undefined;
}
