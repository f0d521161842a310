/** A process of several that share a file of tokens: it gets in, waits for its word, and sends many requests at once. */
import { authorizationCode, withOAuth } from "mcplex/auth/client";
import { fileTokenStore } from "mcplex/node";

const [url = "", path = "", redirectUri = ""] = process.argv.slice(2);
let now = Date.now();

const fetch = withOAuth(globalThis.fetch, {
  store: await fileTokenStore(path),
  grant: authorizationCode({
    redirectUri,
    async authorize(to) {
      const reply = await globalThis.fetch(to, { redirect: "manual" });
      return new URL(reply.headers.get("location") ?? "");
    },
  }),
  now: () => now,
});

const post = async (): Promise<number> => {
  try {
    return (await fetch(url, { method: "POST", body: "{}" })).status;
  } catch (error) {
    console.error(error);
    return 0;
  }
};

async function sendAll({ ahead, count }: { ahead: number; count: number }): Promise<void> {
  now = Date.now() + ahead;
  process.send?.(await Promise.all(Array.from({ length: count }, post)));
}

process.on("message", (word: { ahead: number; count: number }) => void sendAll(word));
process.send?.("ready");
