import { fileURLToPath } from "node:url";
import { all } from "../behaviour/collect.ts";
import { describe, expect, it } from "vitest";
import { stdio } from "../../src/client/stdio/index.ts";
import { Client, type ClientOptions } from "../../src/client/index.ts";
import { InvalidParamsError, LocalError, ResourceNotFoundError } from "../../src/errors.ts";
import { isSince, REVISIONS, type Revision } from "../../src/protocol/index.ts";
import { answering, expectAnswers, expectRounds } from "./answering.ts";

const peer = (name: string): string => fileURLToPath(new URL(`./peers/${name}.mjs`, import.meta.url));

/** Connects to the peer in one revision; `said` resolves when the peer has written this line to stderr. */
async function connect(revision: Revision, options: ClientOptions = {}) {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const stderr = (line: string): void => {
    lines.push(line);
    waiting.get(line)?.();
  };
  const said = (line: string): Promise<void> =>
    lines.includes(line) ? Promise.resolve() : new Promise((resolve) => waiting.set(line, resolve));
  const connector = stdio({ command: process.execPath, args: [peer("server")], stderr });
  return { client: await Client.connect(connector, { revisions: [revision], ...options }), said };
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
    expect((await all(client.tools())).map((tool) => tool.name)).toEqual(
      expect.arrayContaining(["add", "count", "wait", "grow"]),
    );
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
    expect((await all(client.resources())).map(({ uri }) => uri)).toContain("memo://one");
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

  it("has its questions answered, one by one and at once (SAMP-1, EL-1, ROOT-1, MRTR-4, MRTR-5)", async () => {
    const answers = answering();
    const { client } = await connect(revision, answers.options);
    const what = asksIn(revision);
    for (const one of what) await expectAnswers(client, answers, [one]);
    await expectAnswers(client, answers, what);
    await client.close();
  });

  it("gets its state back as it was, with and without an answer (MRTR-4, T-31)", async () => {
    const answers = answering();
    const { client } = await connect(revision, answers.options);
    await expectRounds(client, answers, asksIn(revision).includes("form"));
    await client.close();
  });
});

/** What this peer can ask in a revision. */
function asksIn(revision: Revision): string[] {
  const asks = ["sample", "roots"];
  if (isSince(revision, "2025-06-18")) asks.push("form");
  if (isSince(revision, "2025-11-25")) asks.push("visit");
  return asks;
}

describe("a server on the first SDK", () => {
  it("has its questions answered, one by one and at once (SAMP-1, EL-1, EL-6, ROOT-1)", async () => {
    const answers = answering();
    const connector = stdio({ command: process.execPath, args: [peer("first-asking")] });
    await using client = await Client.connect(connector, answers.options);
    expect(client.version).toBe("2025-11-25");
    const what = ["form", "visit", "sample", "roots"];
    for (const one of what) await expectAnswers(client, answers, [one]);
    await expectAnswers(client, answers, what);
    expect(answers.visited).toEqual(["one", "one"]);
  });
});
