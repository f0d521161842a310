import { fileURLToPath } from "node:url";
import { all } from "../behaviour/collect.ts";
import { describe, expect, it } from "vitest";
import { stdio } from "../../src/client/stdio/index.ts";
import { Client } from "../../src/client/index.ts";
import { InvalidParamsError, LocalError, ResourceNotFoundError } from "../../src/errors.ts";
import { REVISIONS, type Revision } from "../../src/protocol/index.ts";

const server = fileURLToPath(new URL("./peers/server.mjs", import.meta.url));

/** Connects to the peer in one revision; `said` resolves when the peer has written this line to stderr. */
async function connect(revision: Revision) {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const stderr = (line: string): void => {
    lines.push(line);
    waiting.get(line)?.();
  };
  const said = (line: string): Promise<void> =>
    lines.includes(line) ? Promise.resolve() : new Promise((resolve) => waiting.set(line, resolve));
  const connector = stdio({ command: process.execPath, args: [server], stderr });
  return { client: await Client.connect(connector, { revisions: [revision] }), said };
}

describe.each(REVISIONS)("a server of another author, in %s", (revision) => {
  it("says who it is, and in which revision it speaks (VER-1, LIFE-1)", async () => {
    const { client } = await connect(revision);
    expect(client.version).toBe(revision);
    expect(client.server.info).toEqual({ name: "peer", version: "1.0.0" });
    expect(client.server.instructions).toBe("Be kind.");
    await client.close();
  });

  it("lists and calls tools, with structured content, errors and progress (TOOL-1, TOOL-4, TOOL-6, PROG-1)", async () => {
    const { client } = await connect(revision);
    expect((await all(client.tools())).map((tool) => tool.name)).toEqual(["add", "count", "wait", "grow"]);
    const sum = await client.callTool("add", { a: 1, b: 2 });
    expect(sum.content).toEqual([{ type: "text", text: "3" }]);
    expect((await client.callTool("add", { a: "1" })).isError).toBe(true);
    await expect(client.callTool("none")).rejects.toThrow(InvalidParamsError);
    const seen: number[] = [];
    expect(await client.call("count", {}, { onProgress: ({ progress }) => seen.push(progress) })).toBe("counted");
    expect(seen).toEqual([1, 2, 3]);
    await client.close();
  });

  it("reads resources and gets prompts (RES-1, PR-1)", async () => {
    const { client } = await connect(revision);
    expect((await all(client.resources())).map(({ uri }) => uri)).toEqual(["memo://one"]);
    expect((await client.readResource("memo://one")).contents).toEqual([{ uri: "memo://one", text: "remember" }]);
    await expect(client.readResource("memo://two")).rejects.toThrow(ResourceNotFoundError);
    const { messages } = await client.getPrompt("greet", { who: "Ada" });
    expect(messages).toEqual([{ role: "user", content: { type: "text", text: "Greet Ada" } }]);
    await client.close();
  });

  it("stops a tool whose call is aborted (CAN-1, STDIO-4)", async () => {
    const { client, said } = await connect(revision);
    const controller = new AbortController();
    const called = client.callTool("wait", {}, { signal: controller.signal });
    await said("waiting");
    controller.abort("enough");
    await expect(called).rejects.toMatchObject({ name: "LocalError", code: "aborted", cause: "enough" });
    await expect(called).rejects.toThrow(LocalError);
    await said("stopped");
    await client.close();
  });

  it("tells who listens of a new tool (SUB-2, SUB-3, TOOL-10)", async () => {
    const { client } = await connect(revision);
    const changes = await client.listen({ toolsListChanged: true });
    expect(changes.acknowledged).toEqual({ toolsListChanged: true });
    await client.call("grow");
    for await (const change of changes) {
      expect(change).toEqual({ type: "tools" });
      break;
    }
    await client.close();
  });
});
