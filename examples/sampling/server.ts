// A tool that borrows the model of its client. Deprecated since 2026-07-28: new servers call a model themselves.
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const server = new Server({ name: "translator", version: "1.0.0" }).tool(
  "translate",
  { input: z.object({ text: z.string(), language: z.string() }) },
  async ({ text, language }, context) => {
    const answer = await context.sample({
      systemPrompt: `You translate into ${language}. Answer with the translation alone.`,
      messages: [{ role: "user", content: { type: "text", text } }],
      modelPreferences: { speedPriority: 0.8, hints: [{ name: "small" }] },
      maxTokens: 200,
    });
    const blocks = Array.isArray(answer.content) ? answer.content : [answer.content];
    const said = blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
    return `${said} (by ${answer.model})`;
  },
);

serveStdio(server);
