/** A client that answers what servers of other authors ask, and what they must be told of it. */
import { expect } from "vitest";
import type { Client, ClientOptions } from "../../src/client/index.ts";
import type { CallToolResult } from "../../src/protocol/index.ts";

/** What the user and the model of this client say. */
export interface Answering {
  readonly options: ClientOptions;
  /** The questions as they came, in order. */
  readonly asked: { readonly method: string; readonly params: Readonly<Record<string, any>> }[];
  /** The visits that the server said are over. */
  readonly visited: string[];
}

/** Options of a client that answers everything. */
export function answering(): Answering {
  const asked: Answering["asked"] = [];
  const visited: string[] = [];
  const on: ClientOptions["on"] = {
    "elicitation/create": (params) => {
      asked.push({ method: "elicitation/create", params });
      return params.mode === "url" ? { action: "accept" } : { action: "accept", content: { name: "Ada", age: 36.5 } };
    },
    "sampling/createMessage": (params) => {
      asked.push({ method: "sampling/createMessage", params });
      return { role: "assistant", content: { type: "text", text: "Hello" }, model: "test", stopReason: "endTurn" };
    },
    "roots/list": () => {
      asked.push({ method: "roots/list", params: {} });
      return { roots: [{ uri: "file:///work", name: "work" }] };
    },
    "notifications/elicitation/complete": ({ elicitationId }) => visited.push(elicitationId),
  };
  return { options: { on, capabilities: { elicitation: { form: {}, url: {} } } }, asked, visited };
}

const ANSWERS: Readonly<Record<string, object>> = {
  // The field that was left out has the default of the form.
  form: { action: "accept", content: { name: "Ada", age: 36.5, colour: "blue" } },
  visit: { action: "accept" },
  sample: { role: "assistant", content: { type: "text", text: "Hello" }, model: "test", stopReason: "endTurn" },
  roots: { roots: [{ uri: "file:///work", name: "work" }] },
};

/** Has the server ask all of it at once, and expects that it got the answers. */
export async function expectAnswers(client: Client, { asked }: Answering, what: readonly string[]): Promise<void> {
  const before = asked.length;
  const heard = JSON.parse((await client.call("ask", { what })) as string) as Record<string, unknown>;
  expect(Object.keys(heard).sort()).toEqual([...what].sort());
  for (const key of what) expect([key, heard[key]]).toMatchObject([key, ANSWERS[key] as object]);
  expect(asked.length - before).toBe(what.length);
}

/**
 * Calls what asks twice, what asks nothing, a prompt and a resource. The peer itself looks whether its state came back
 * byte by byte.
 */
export async function expectRounds(client: Client, { asked }: Answering, forms: boolean): Promise<void> {
  const before = asked.length;
  expect(await client.call("later")).toBe(JSON.stringify({ times: 2 }));
  expect(asked.length).toBe(before);
  if (!forms) return;
  const said = JSON.parse((await client.call("stages", { to: "Oslo" })) as string) as unknown;
  expect(said).toEqual({ to: "Oslo", name: "Ada", keys: ["roots"] });
  expect(asked.slice(before).map(({ method }) => method)).toEqual(["elicitation/create", "roots/list"]);
  expect((await client.getPrompt("asked")).messages).toMatchObject([{ content: { text: "I am Ada" } }]);
  expect((await client.readResource("memo://asked")).contents).toMatchObject([{ text: "of Ada" }]);
}

/** What the form of the everything server holds when only what is required is filled in. */
export const DEFAULTS: object = {
  firstLine: "It was a dark and stormy night.",
  integer: 42,
  number: 3.14,
  untitledSingleSelectEnum: "Monica",
  untitledMultipleSelectEnum: ["Guitar"],
  titledSingleSelectEnum: "hero-1",
  titledMultipleSelectEnum: ["fish-1"],
  legacyTitledEnum: "pet-1",
};

/** The answer that the everything server got, as it shows it at the end of a result. */
export function rawOf({ content }: CallToolResult): unknown {
  const last = content.at(-1);
  if (last?.type !== "text") throw new Error("It shows no answer");
  return JSON.parse(last.text.slice(last.text.indexOf("{")));
}
