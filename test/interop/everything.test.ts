import { fileURLToPath } from "node:url";
import { all } from "../behaviour/collect.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { stdio } from "../../src/client/stdio/index.ts";
import { ToolError } from "../../src/errors.ts";

const server = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));

let client: Client;
const logged: unknown[] = [];
const asked: unknown[] = [];

beforeAll(async () => {
  client = await Client.connect(stdio({ command: process.execPath, args: [server] }), {
    on: {
      "sampling/createMessage": (params) => {
        asked.push(params);
        return { role: "assistant", content: { type: "text", text: "a sample" }, model: "test" };
      },
      "elicitation/create": (params) => {
        asked.push(params);
        return { action: "decline" };
      },
      "roots/list": () => ({ roots: [{ uri: "file:///work", name: "work" }] }),
      "notifications/message": (params) => logged.push(params),
    },
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

it("answers what the server asks: sampling, elicitation, roots (SAMP-1, EL-1, ROOT-1)", async () => {
  expect(await client.call("trigger-sampling-request", { prompt: "x", maxTokens: 5 })).toContain("a sample");
  expect(await client.call("trigger-elicitation-request")).toContain("declined");
  expect(asked).toHaveLength(2);
  expect(await client.call("get-roots-list")).toContain("file:///work");
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
