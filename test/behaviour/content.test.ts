import { describe, expect } from "vitest";
import { REVISIONS } from "../../src/protocol/index.ts";
import { audio, embedded, image, resourceLink, text } from "../../src/server/index.ts";
import { everywhere, inMemory, since } from "./bindings.ts";
import { all } from "./collect.ts";

const about = { annotations: { audience: ["user" as const], priority: 0.25 }, _meta: { "example.com/a": [1] } };

describe("TOOL-9: content of every kind", () => {
  const blocks = [
    text("hello", about),
    image(new Uint8Array([137, 80, 78, 71]), "image/png", about),
    audio("AAECAw==", "audio/wav", about),
    resourceLink({ uri: "file:///a", name: "a", description: "A", mimeType: "text/plain", size: 3, ...about }),
    embedded({ uri: "a:b", mimeType: "text/plain", text: "x" }, about),
    embedded({ uri: "a:c", blob: "AAEC" }, about),
  ];

  everywhere("travels from a tool, with annotations and _meta", { revisions: since("2025-06-18") }, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, () => blocks));
    expect((await client.callTool("a")).content).toEqual(blocks);
  });

  everywhere("travels from a prompt", { revisions: since("2025-06-18") }, async (joint) => {
    const messages = blocks.map((content) => ({ role: "user" as const, content }));
    const client = await joint.connect(joint.server().prompt("a", {}, () => messages));
    expect((await client.getPrompt("a")).messages).toEqual(messages);
  });

  inMemory("base64 of large bytes is right", REVISIONS, async (joint) => {
    const bytes = Uint8Array.from({ length: 200_003 }, (_, at) => (at * 31) % 256);
    const client = await joint.connect(joint.server().resource("a:b", () => bytes));
    const [content] = (await client.readResource("a:b")).contents;
    expect(Buffer.from((content as { blob: string }).blob, "base64").equals(Buffer.from(bytes))).toBe(true);
  });
});

describe("STDIO-1: any text", () => {
  const texts = {
    empty: "",
    "line ends": "a\nb\r\nc\rd\u2028e\u2029f\u0085g",
    controls: "\u0000\u0001\u001b\u007f",
    "every width": "aé漢😀",
    "half a character": "\ud83d",
    "what JSON escapes": '"\\/\b\f\n\r\t',
    "a byte order mark": "\uFEFFx",
    long: "0123456789".repeat(30_000),
    "long and wide": "漢😀\n".repeat(60_000),
  };

  everywhere("travels both ways as it is", {}, async (joint) => {
    const server = joint
      .server()
      .tool("echo", { input: { type: "object" } }, (input) => (input as { text: string }).text);
    const client = await joint.connect(server);
    const answers = await Promise.all(Object.values(texts).map((given) => client.call("echo", { text: given })));
    expect(answers.map((answer) => (answer as string).length)).toEqual(
      Object.values(texts).map(({ length }) => length),
    );
    expect(answers).toEqual(Object.values(texts));
  });

  everywhere("and so do names and descriptions", {}, async (joint) => {
    const server = joint.server();
    for (const name of ["é漢😀", "a\nb", " ", "a/b"]) server.tool(name, { description: `${name}\u2028` }, () => name);
    const client = await joint.connect(server);
    for (const { name, description } of await all(client.tools())) {
      expect(description).toBe(`${name}\u2028`);
      expect(await client.callTool(name)).toMatchObject({ content: [{ text: name }] });
    }
  });
});

describe("the two sides share nothing", () => {
  inMemory("what one changes afterwards is not seen by the other", REVISIONS, async (joint) => {
    const kept: { list: number[] }[] = [];
    const block = { type: "text" as const, text: "x", _meta: { seen: [1] } };
    const server = joint.server().tool("a", { input: { type: "object" } }, (input) => {
      kept.push(input as { list: number[] });
      (input as { list: number[] }).list.push(99);
      return block;
    });
    const client = await joint.connect(server);
    const args = { list: [1] };
    const result = await client.callTool("a", args);
    args.list.push(2);
    expect(kept).toEqual([{ list: [1, 99] }]);
    expect(args).toEqual({ list: [1, 2] });
    (result.content[0] as { text: string }).text = "changed";
    expect((await client.callTool("a", args)).content[0]).toMatchObject({ text: "x" });
    const [listed] = await all(client.tools());
    (listed as { name: string }).name = "changed";
    expect((await all(client.tools()))[0]?.name).toBe("a");
  });
});
