import { expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { Server, serve } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";

for (const revision of ["2024-11-05","2025-03-26","2025-06-18","2025-11-25","2026-07-28"] as const) {
  it(`calls a tool ${revision}`, async () => {
    const server = new Server({ name: "t", version: "1" }).tool("hello", {}, async (_, context) => {
      await context.progress(1, 2, "half");
      return "hi";
    }).resource("note://{id}", ({ id }) => `note ${id}`, { complete: { id: (v) => ["a", "b"].filter(x => x.startsWith(v)) }, list: () => [{ uri: "note://a", name: "a" }] })
      .prompt("p", {}, () => "say");
    const [a, b] = memory();
    serve(server, b);
    const client = await Client.connect<typeof server>(a, { revisions: [revision], on: { "elicitation/create": () => ({ action: "accept", content: {} }) } });
    expect(client.version).toBe(revision);
    const seen: unknown[] = [];
    expect(await client.call("hello", {}, { onProgress: (p) => seen.push(p) })).toBe("hi");
    expect(seen).toEqual([revision === "2024-11-05" ? { progress: 1, total: 2 } : { progress: 1, total: 2, message: "half" }]);
    const names = [];
    for await (const t of client.tools()) names.push(t.name);
    expect(names).toEqual(["hello"]);
    expect((await client.readResource("note://x")).contents).toEqual([{ uri: "note://x", text: "note x" }]);
    expect((await client.complete({ ref: { type: "ref/resource", uri: "note://{id}" }, argument: { name: "id", value: "a" } })).values).toEqual(["a"]);
    expect((await client.getPrompt("p")).messages[0]?.content).toEqual({ type: "text", text: "say" });
    const sub = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["note://a"] });
    server.tool("later", {}, () => "x");
    server.updated("note://a"); server.updated("note://zzz");
    const it = sub[Symbol.asyncIterator]();
    const two = [(await it.next()).value, (await it.next()).value];
    expect(two).toContainEqual({ type: "tools" });
    expect(two).toContainEqual({ type: "resource", uri: "note://a" });
    sub.close();
    await expect(client.call("nope" as never)).rejects.toThrow("Unknown tool");
    await client.close();
  });
}
