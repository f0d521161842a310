import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { ToolError } from "../../src/errors.ts";
import { all } from "../behaviour/collect.ts";
import { freePort, HttpChild } from "./http-child.ts";

const server = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));

describe.each([
  ["streamableHttp", "/mcp", /listening|running on port/i],
  ["sse", "/sse", /running on port/i],
] as const)("the server that uses every feature up to 2025-11-25, over %s", (mode, path, ready) => {
  let child: HttpChild;
  let client: Client;
  const logged: unknown[] = [];
  const asked: unknown[] = [];
  const warned: unknown[] = [];

  beforeAll(async () => {
    const port = await freePort();
    child = new HttpChild([server, mode], { PORT: String(port) });
    await child.said(ready);
    client = await Client.connect(http(`http://127.0.0.1:${port}${path}`), {
      logger: { warn: (...data) => warned.push(data) },
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

  it("answers what the server asks: sampling, elicitation, roots", async () => {
    expect(await client.call("trigger-sampling-request", { prompt: "x", maxTokens: 5 })).toContain("a sample");
    expect(await client.call("trigger-elicitation-request")).toContain("declined");
    expect(asked).toHaveLength(2);
    expect(await client.call("get-roots-list")).toContain("file:///work");
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
