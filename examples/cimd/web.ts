// The web, played: what stands at the URLs of this story, so that it needs no host and no certificate.

/** What a web application serves about itself, as JSON, at the very URL that is its `client_id`. */
export const document = {
  client_id: "https://planner.example/client.json",
  client_name: "Planner",
  client_uri: "https://planner.example",
  redirect_uris: ["https://planner.example/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};

const documents = new Map<string, Readonly<Record<string, unknown>>>([
  [document.client_id, document],
  // Somebody has copied it.
  ["https://copycat.example/client.json", document],
]);

/**
 * Reads a document. Over the real web, anybody chooses what is read here: take https and public addresses alone, follow no
 * redirects, and bound the time and the bytes.
 */
export async function read(url: URL): Promise<Readonly<Record<string, unknown>>> {
  const found = documents.get(url.href);
  if (found === undefined) throw new Error(`There is no document at ${url.href}`);
  return found;
}

/** The user's browser: shows what is asked, says yes, and gives the URL that this leads back to. */
export async function agree(url: URL): Promise<URL> {
  const page = await fetch(url);
  const { question, error } = (await page.json()) as { question?: string; error?: string };
  if (question === undefined) throw new Error(`The browser shows: ${error}`);
  console.log(`  ${question} Yes.`);
  const reply = await fetch(url, { method: "POST", redirect: "manual" });
  return new URL(reply.headers.get("location") ?? "about:blank");
}
