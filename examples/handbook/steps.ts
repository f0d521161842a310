import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { ProtocolError, type Resource } from "mcplex";
import type { Client } from "mcplex/client";
import type { SearchOutput } from "./handbook.ts";

/** Says what was done and what came of it; the demo adds what travelled meanwhile. */
export type Tell = (done: string, outcome: string) => void;

/** The server works, and not as the demo expects. */
export class DemoError extends Error {
  override readonly name: string = "DemoError";
}

/** What is known of the handbook beside what it says. */
export interface Surroundings {
  /** The folder that it serves; a page in it is touched. */
  readonly folder: string;
  /** How long the news of that is waited for, in milliseconds. */
  readonly timeout: number;
}

/** Uses everything that the handbook offers. */
export async function useHandbook(client: Client, tell: Tell, around: Surroundings): Promise<void> {
  const pages = await all(client.resources());
  const [page] = pages;
  if (page === undefined) throw new DemoError("The folder has no Markdown file");
  tell("List the resources", `${count(pages.length, "page")}: ${some(pages.map(({ name }) => name))}`);
  await completePath(client, tell, page);
  await readPage(client, tell, page);
  await searchPages(client, tell, page);
  await getPrompt(client, tell, page);
  await callUnknownTool(client, tell);
  await hearChange(client, tell, page, around);
}

/** Uses what any server may offer, and changes nothing: no tool is called that there is. */
export async function useAnyServer(client: Client, tell: Tell): Promise<void> {
  const { tools, resources, prompts } = client.server.capabilities;
  if (tools !== undefined) {
    const names = (await all(client.tools())).map(({ name }) => name);
    tell("List the tools", `${count(names.length, "tool")}: ${some(names)}`);
    await callUnknownTool(client, tell);
  }
  if (resources !== undefined) {
    const found = await all(client.resources());
    tell("List the resources", `${count(found.length, "resource")}: ${some(found.map(({ name }) => name))}`);
  }
  if (prompts !== undefined) {
    const names = (await all(client.prompts())).map(({ name }) => name);
    tell("List the prompts", `${count(names.length, "prompt")}: ${some(names)}`);
  }
}

async function completePath(client: Client, tell: Tell, page: Resource): Promise<void> {
  const typed = page.name.slice(0, 3);
  const ref = { type: "ref/resource", uri: "handbook://{+path}" } as const;
  const { values } = await client.complete({ ref, argument: { name: "path", value: typed } });
  check(values.includes(page.name), `The completion of "${typed}" lacks ${page.name}`);
  tell(`Complete the path "${typed}"`, some(values));
}

async function readPage(client: Client, tell: Tell, page: Resource): Promise<void> {
  const { contents } = await client.readResource(page.uri);
  const [content] = contents;
  check(content !== undefined && "text" in content, `${page.uri} has no text`);
  const { text, mimeType } = content;
  tell(`Read ${page.uri}`, `${count(text.split("\n").length, "line")} of ${mimeType}`);
}

async function searchPages(client: Client, tell: Tell, page: Resource): Promise<void> {
  const query = longestWord(page.title ?? page.name);
  let heard = 0;
  const onProgress = () => (heard += 1);
  const output = await client.call("search", { query, limit: 3 }, { onProgress });
  const { matches, total, searched } = output as SearchOutput;
  check(matches.length > 0, `The search for "${query}" found nothing`);
  check(heard > 0, "The search told of no progress");
  const best = matches.map(({ path, line }) => `${path}:${line}`);
  tell(`Search for "${query}"`, `${total} of ${count(searched, "page")} match, best ${some(best)}`);
}

async function getPrompt(client: Client, tell: Tell, page: Resource): Promise<void> {
  const { messages } = await client.getPrompt("summarise", { path: page.name });
  const kinds = messages.map(({ role, content }) => `${role} ${content.type}`);
  tell("Get the prompt summarise", `${count(messages.length, "message")}: ${kinds.join(", ")}`);
}

async function callUnknownTool(client: Client, tell: Tell): Promise<void> {
  try {
    await client.call("no-such-tool");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return tell("Call a tool that is not there", `${error.name}: ${error.message}`);
  }
  throw new DemoError("A tool that is not there gave a result");
}

async function hearChange(client: Client, tell: Tell, page: Resource, around: Surroundings): Promise<void> {
  const changes = await client.listen({ resourceSubscriptions: [page.uri] });
  const patience = setTimeout(() => changes.close(), around.timeout);
  await utimes(join(around.folder, page.name), new Date(), new Date());
  // To leave the loop ends the subscription.
  for await (const change of changes) {
    // Something may have been missed while the connection was made; this page is still to change.
    if (change.type !== "resource") continue;
    clearTimeout(patience);
    return tell("Listen, and touch that page", `told that ${change.uri} changed`);
  }
  throw new DemoError(`No change was told in ${around.timeout} ms`);
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const entries: T[] = [];
  for await (const entry of list) entries.push(entry);
  return entries;
}

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new DemoError(otherwise);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown}, …` : shown || "none";
}

function longestWord(text: string): string {
  return text.split(/[^\p{L}\p{N}]+/u).reduce((longest, word) => (word.length > longest.length ? word : longest), "");
}
