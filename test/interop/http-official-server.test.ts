import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { http } from "../../src/client/http/index.ts";
import { Client, type ClientOptions } from "../../src/client/index.ts";
import { InvalidParamsError, LocalError, ResourceNotFoundError } from "../../src/errors.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import { all } from "../behaviour/collect.ts";
import { SENDERS } from "../client-http/both.ts";
import { answering, expectAnswers, expectRounds } from "./answering.ts";
import { HttpChild } from "./http-child.ts";

let child: HttpChild;
let url: string;

beforeAll(async () => {
  child = new HttpChild([fileURLToPath(new URL("./peers/http.mjs", import.meta.url))]);
  const [, port] = await child.said(/^port (\d+)$/);
  url = `http://127.0.0.1:${port}/mcp`;
});

afterAll(() => child.end());

const everywhere = SENDERS.flatMap(([name, options]) =>
  REVISIONS.filter((one) => one !== "2024-11-05").map((revision) => [name, revision, options] as const),
);

describe.each(everywhere)("a server of another author over HTTP, by %s, in %s", (_name, revision, options) => {
  const connect = (more: ClientOptions = {}): Promise<Client> =>
    Client.connect(http(url, options), { revisions: [revision], ...more });

  it("says who it is, and in which revision it speaks (VER-1, LIFE-1)", async () => {
    await using client = await connect();
    expect(client.version).toBe(revision);
    expect(client.server.info).toMatchObject({ name: "peer", version: "1.0.0" });
    expect(client.server.instructions).toBe("Be kind.");
  });

  it("lists and calls tools, with structured content, errors and progress (TOOL-1, TOOL-4, TOOL-6, PROG-1)", async () => {
    await using client = await connect();
    expect((await all(client.tools())).map((tool) => tool.name)).toContain("add");
    expect((await client.callTool("add", { a: 1, b: 2 })).content).toEqual([{ type: "text", text: "3" }]);
    expect((await client.callTool("add", { a: "1" })).isError).toBe(true);
    await expect(client.callTool("none")).rejects.toThrow(InvalidParamsError);
    const seen: number[] = [];
    expect(await client.call("count", {}, { onProgress: ({ progress }) => seen.push(progress) })).toBe("counted");
    expect(seen).toEqual([1, 2, 3]);
  });

  it("repeats a name and an argument that are no ASCII in headers (HTTP-4, HTTP-5)", async () => {
    await using client = await connect();
    await all(client.tools());
    expect(await client.call("räum", { region: "Ærø" })).toBe("Ærø");
  });

  it("finds out by itself which arguments a header must have (HTTP-7)", async () => {
    await using client = await connect();
    expect(await client.call("räum", { region: " west " })).toBe(" west ");
  });

  it("reads resources and gets prompts (RES-1, PR-1)", async () => {
    await using client = await connect();
    expect((await all(client.resources())).map(({ uri }) => uri)).toContain("memo://one");
    expect((await client.readResource("memo://one")).contents).toEqual([{ uri: "memo://one", text: "remember" }]);
    await expect(client.readResource("memo://two")).rejects.toThrow(ResourceNotFoundError);
    const { messages } = await client.getPrompt("greet", { who: "Ada" });
    expect(messages).toEqual([{ role: "user", content: { type: "text", text: "Greet Ada" } }]);
  });
});

describe.each(SENDERS)("a server of another author over HTTP, by %s", (_name, options) => {
  it("is found in its newest revision by whoever speaks all (VER-11)", async () => {
    await using client = await Client.connect(http(url, options));
    expect(client.version).toBe("2026-07-28");
  });

  it("has its questions answered, and gets its state back as it was (MRTR-4, MRTR-5, T-31)", async () => {
    const answers = answering();
    await using client = await Client.connect(http(url, options), answers.options);
    await expectAnswers(client, answers, ["form", "visit", "sample", "roots"]);
    await expectRounds(client, answers, true);
  });

  it("stops a tool whose call is aborted (HTTP-9)", async () => {
    await using client = await Client.connect(http(url, options));
    const controller = new AbortController();
    const called = client.callTool("wait", {}, { signal: controller.signal });
    await child.said(/^waiting$/);
    controller.abort("enough");
    await expect(called).rejects.toThrow(LocalError);
    await child.said(/^stopped$/);
  });

  it("tells who listens of a change (SUB-2, SUB-3, TOOL-10)", async () => {
    await using client = await Client.connect(http(url, options));
    const changes = await client.listen({ toolsListChanged: true });
    expect(changes.acknowledged).toEqual({ toolsListChanged: true });
    expect(await client.call("tell")).toBe("told");
    for await (const change of changes) {
      expect(change).toEqual({ type: "tools" });
      break;
    }
  });
});
