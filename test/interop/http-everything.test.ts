import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { ToolError } from "../../src/errors.ts";
import { all } from "../behaviour/collect.ts";
import { answering, DEFAULTS, rawOf } from "./answering.ts";
import { freePort, HttpChild } from "./http-child.ts";

const server = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));

describe.each([
  ["streamableHttp", "/mcp", /listening|running on port/i],
  ["sse", "/sse", /running on port/i],
] as const)("the server that uses every feature up to 2025-11-25, over %s", (mode, path, ready) => {
  let child: HttpChild;
  let client: Client;
  const logged: unknown[] = [];
  const answers = answering();
  const warned: unknown[] = [];

  beforeAll(async () => {
    const port = await freePort();
    child = new HttpChild([server, mode], { PORT: String(port) });
    await child.said(ready);
    client = await Client.connect(http(`http://127.0.0.1:${port}${path}`), {
      logger: { warn: (...data) => warned.push(data) },
      capabilities: answers.options.capabilities,
      on: { ...answers.options.on, "notifications/message": (params) => logged.push(params) },
    });
  });

  afterAll(async () => {
    await client?.close();
    await child.end();
  });

  it("falls back to the handshake, since the server knows no other (VER-11)", () => {
    expect(client.version).toBe("2025-11-25");
    expect(client.server.info?.name).toBe("mcp-servers/everything");
  });

  it("lists tools, prompts, resources and templates", async () => {
    const names = (await all(client.tools())).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["echo", "get-sum", "get-structured-content"]));
    expect((await all(client.prompts())).map(({ name }) => name)).toContain("args-prompt");
    expect((await all(client.resources())).length).toBeGreaterThan(0);
    expect((await all(client.resourceTemplates())).length).toBeGreaterThan(0);
  });

  it("calls tools, several at once", async () => {
    const said = ["a", "b", "c", "d"];
    const echoed = await Promise.all(said.map((message) => client.call("echo", { message })));
    expect(echoed).toEqual(said.map((message) => `Echo: ${message}`));
    expect(await client.call("get-structured-content", { location: "New York" })).toMatchObject({
      temperature: expect.any(Number),
    });
    await expect(client.call("none")).rejects.toThrow(ToolError);
  });

  it("hears progress before the result (PROG-1)", async () => {
    const seen: number[] = [];
    const onProgress = ({ progress }: { progress: number }): void => void seen.push(progress);
    await client.call("trigger-long-running-operation", { duration: 0.3, steps: 3 }, { onProgress });
    expect(seen).toEqual([1, 2, 3]);
  });

  it("answers what the server asks: sampling, elicitation, roots (SAMP-1, EL-1, EL-2, ROOT-1)", async () => {
    const before = answers.asked.length;
    // It looks for roots by itself, at a time of its own.
    const asked = (): typeof answers.asked =>
      answers.asked.slice(before).filter(({ method }) => method !== "roots/list");
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

  it("gives up a call (CAN-1)", async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort("enough");
    const call = client.call(
      "trigger-long-running-operation",
      { duration: 5, steps: 50 },
      { onProgress, signal: controller.signal },
    );
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    expect(await client.call("echo", { message: "still there" })).toBe("Echo: still there");
  });

  it("reads a resource, gets a prompt, completes, sets the level, pings", async () => {
    expect((await client.readResource("demo://resource/dynamic/text/1")).contents).toHaveLength(1);
    expect(JSON.stringify(await client.getPrompt("args-prompt", { city: "Oslo" }))).toContain("Oslo");
    const ref = { type: "ref/prompt", name: "completable-prompt" } as const;
    const { values } = await client.complete({ ref, argument: { name: "department", value: "E" } });
    expect(values).toContain("Engineering");
    await client.setLogLevel("debug");
    await client.ping();
  });

  it("nothing went wrong on the way", () => {
    expect(warned).toEqual([]);
    expect(logged.length).toBeGreaterThanOrEqual(0);
  });
});
