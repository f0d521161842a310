// Lends a model to a server. Where the one line with `translations` stands, a real client asks the user whether the
// server may, and then its model.
//
//   npm run example -- sampling
import { ProtocolError } from "mcplex";
import { connect } from "mcplex/node";

const translations: Record<string, string> = { "Good morning": "God morgen", "Good night": "God natt" };

const client = await connect(["node", "server.js"], {
  on: {
    "sampling/createMessage": ({ systemPrompt, messages, maxTokens }) => {
      console.log(`The server asks: ${systemPrompt} (at most ${maxTokens} tokens)`);
      const [last] = messages.slice(-1).flatMap(({ content }) => content);
      const text = last?.type === "text" ? translations[last.text] : undefined;
      if (text === undefined) throw new ProtocolError(-1, "The user refused");
      return { role: "assistant", content: { type: "text", text }, model: "phrasebook", stopReason: "endTurn" };
    },
  },
});

for (const text of ["Good morning", "Good night"]) {
  console.log(await client.call("translate", { text, language: "Norwegian" }));
}
await client.close();

// A client that has no model is not asked: the call fails before anything happened.
const without = await connect(["node", "server.js"]);
await without.call("translate", { text: "Good morning", language: "Norwegian" }).catch((error: Error) => {
  console.log(`${error.name}: ${error.message}`);
});
await without.close();
