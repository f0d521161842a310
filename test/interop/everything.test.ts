import { fileURLToPath } from "node:url";
import { all } from "../behaviour/collect.ts";
import { answering, DEFAULTS, rawOf } from "./answering.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { stdio } from "../../src/client/stdio/index.ts";
import { ToolError } from "../../src/errors.ts";

const server = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));

let client: Client;
const logged: unknown[] = [];
const answers = answering();

beforeAll(async () => {
  client = await Client.connect(stdio({ command: process.execPath, args: [server] }), {
    capabilities: answers.options.capabilities,
    on: { ...answers.options.on, "notifications/message": (params) => logged.push(params) },
  });
});

afterAll(() => client.close());

it("falls back to the handshake, since the server knows no other (VER-10)", () => {
  expect(client.version).toBe("2025-11-25");
  expect(client.server.info?.name).toBe("mcp-servers/everything");
});

it("lists tools, prompts, resources and templates", async () => {
  const tools = await all(client.tools());
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["echo", "get-sum", "get-structured-content"]));
  expect((await all(client.prompts())).map(({ name }) => name)).toContain("args-prompt");
  expect((await all(client.resources())).length).toBeGreaterThan(0);
  expect((await all(client.resourceTemplates())).map(({ uriTemplate }) => uriTemplate)).toContain(
    "demo://resource/dynamic/text/{resourceId}",
  );
});

it("calls tools; structured content is checked against the server's own schema (TOOL-4)", async () => {
  expect(await client.call("echo", { message: "hi" })).toBe("Echo: hi");
  const weather = await client.call("get-structured-content", { location: "New York" });
  expect(weather).toMatchObject({ temperature: expect.any(Number), conditions: expect.any(String) });
  await expect(client.call("none")).rejects.toThrow(ToolError);
  await expect(client.call("get-sum", { a: "one" })).rejects.toThrow(ToolError);
});

it("hears progress before the result (PROG-1)", async () => {
  const seen: number[] = [];
  const onProgress = ({ progress }: { progress: number }): void => void seen.push(progress);
  await client.call("trigger-long-running-operation", { duration: 0.3, steps: 3 }, { onProgress });
  expect(seen).toEqual([1, 2, 3]);
});

it("answers what the server asks: sampling, elicitation, roots (SAMP-1, EL-1, EL-2, ROOT-1)", async () => {
  // It looks for roots by itself, at a time of its own.
  const asked = (): typeof answers.asked => answers.asked.filter(({ method }) => method !== "roots/list");
  const sampled = await client.callTool("trigger-sampling-request", { prompt: "x", maxTokens: 5 });
  expect(rawOf(sampled)).toMatchObject({ content: { type: "text", text: "Hello" }, model: "test" });
  expect(asked().at(-1)?.params).toMatchObject({ maxTokens: 5, temperature: 0.7 });
  // What the user leaves out has the default of the form.
  const filled = await client.callTool("trigger-elicitation-request");
  expect(rawOf(filled)).toEqual({ action: "accept", content: { ...DEFAULTS, name: "Ada", age: 36.5 } });
  expect(asked().map(({ method }) => method)).toEqual(["sampling/createMessage", "elicitation/create"]);
  expect(await client.call("get-roots-list")).toContain("file:///work");
});

it("shows a URL that the server asks to visit, and one that an error tells of (EL-1, EL-6)", async () => {
  const visit = { url: "https://example.com/sign-in", message: "Sign in", elicitationId: "one" };
  const visited = await client.callTool("trigger-url-elicitation", visit);
  expect(rawOf(visited)).toEqual({ action: "accept" });
  const forms = answers.asked.filter(({ method }) => method === "elicitation/create");
  expect(forms.at(-1)?.params).toEqual({ mode: "url", ...visit });
  const first = client.callTool("trigger-url-elicitation", { ...visit, errorPath: true });
  await expect(first).rejects.toMatchObject({
    name: "UrlElicitationRequiredError",
    data: {
      elicitations: [{ mode: "url", url: "https://modelcontextprotocol.io", elicitationId: expect.any(String) }],
    },
  });
  expect(rawOf(await client.callTool("trigger-url-elicitation", { ...visit, errorPath: true }))).toEqual({
    action: "accept",
  });
});

it("reads a resource of a template, gets a prompt and completes its argument (RES-2, PR-1, CMP-1)", async () => {
  const { contents } = await client.readResource("demo://resource/dynamic/text/1");
  expect(contents).toHaveLength(1);
  const { messages } = await client.getPrompt("args-prompt", { city: "Oslo" });
  expect(JSON.stringify(messages)).toContain("Oslo");
  const ref = { type: "ref/prompt", name: "completable-prompt" } as const;
  const { values } = await client.complete({ ref, argument: { name: "department", value: "E" } });
  expect(values).toContain("Engineering");
});

it("sets the level of log messages and is answered to a ping (LOG-1, PING-1)", async () => {
  await client.setLogLevel("debug");
  await client.ping();
  await client.rootsChanged();
  await client.call("get-roots-list");
  expect(logged.length).toBeGreaterThan(0);
});
