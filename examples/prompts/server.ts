// Prompts: messages that a person picks, with arguments filled in.
import { embedded, image, Server, text } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const logo = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const server = new Server({ name: "editor", version: "1.0.0" })
  // Text alone is one message of the user.
  .prompt("morning", { description: "Starts the day" }, () => "What is on my list for today?")
  // Arguments are strings on the wire; the schema may make more of them.
  .prompt(
    "shorten",
    {
      title: "Shorten a text",
      input: z.object({ text: z.string(), words: z.string().default("50").transform(Number).pipe(z.int()) }),
    },
    ({ text, words }) => `Say this in at most ${words} words:\n\n${text}`,
  )
  // A conversation that has begun, with an answer of the assistant to go on from.
  .prompt("review", { input: z.object({ code: z.string() }) }, ({ code }) => [
    { role: "user", content: text(`Review this code:\n\n${code}`) },
    { role: "assistant", content: text("I look at names first, then at errors. The names:") },
  ])
  // Not only text: a picture, and a resource.
  .prompt("brand", { description: "Checks a page against our style" }, () => [
    { role: "user", content: image(logo, "image/png") },
    { role: "user", content: embedded({ uri: "style://guide", mimeType: "text/plain", text: "Blue is #0044cc." }) },
    { role: "user", content: text("Does the page follow this guide, and is this logo on it?") },
  ]);

serveStdio(server);
