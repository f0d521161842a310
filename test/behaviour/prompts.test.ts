import { describe, expect } from "vitest";
import { z } from "zod";
import { REVISIONS } from "../../src/protocol/index.ts";
import { image, text } from "../../src/server/index.ts";
import { everywhere, inMemory } from "./bindings.ts";
import { all } from "./collect.ts";

describe("PR-1: prompts", () => {
  everywhere("are listed with their arguments, and written with them", {}, async (joint) => {
    const input = z.object({ city: z.string().describe("Where"), days: z.string().optional() });
    const server = joint
      .server()
      .prompt("trip", { description: "Plans a trip", input }, ({ city, days = "3" }) => `Plan ${days} days in ${city}`)
      .prompt("plain", {}, () => "Hello");
    const client = await joint.connect(server);
    expect(await all(client.prompts())).toEqual([
      {
        name: "trip",
        description: "Plans a trip",
        arguments: [
          { name: "city", description: "Where", required: true },
          { name: "days", required: false },
        ],
      },
      { name: "plain" },
    ]);
    expect(await client.getPrompt("trip", { city: "Oslo" })).toMatchObject({
      description: "Plans a trip",
      messages: [{ role: "user", content: { type: "text", text: "Plan 3 days in Oslo" } }],
    });
    expect((await client.getPrompt("plain")).messages[0]?.content).toEqual({ type: "text", text: "Hello" });
  });

  everywhere("may be messages of both roles, with content of any kind", {}, async (joint) => {
    const server = joint
      .server()
      .prompt("one", {}, () => ({ role: "assistant", content: text("Hm") }))
      .prompt("several", {}, async () => [
        { role: "user", content: image(new Uint8Array([1]), "image/png") },
        { role: "assistant", content: { type: "resource", resource: { uri: "a:b", text: "x" } } },
      ])
      .prompt("whole", { description: "Mine" }, () => ({ description: "Other", messages: [] }));
    const client = await joint.connect(server);
    expect((await client.getPrompt("one")).messages).toEqual([
      { role: "assistant", content: { type: "text", text: "Hm" } },
    ]);
    expect((await client.getPrompt("several")).messages).toEqual([
      { role: "user", content: { type: "image", data: "AQ==", mimeType: "image/png" } },
      { role: "assistant", content: { type: "resource", resource: { uri: "a:b", text: "x" } } },
    ]);
    expect(await client.getPrompt("whole")).toMatchObject({ description: "Other", messages: [] });
  });

  everywhere("an unknown prompt and a missing argument are -32602", {}, async (joint) => {
    const input = z.object({ city: z.string() });
    const client = await joint.connect(joint.server().prompt("trip", { input }, ({ city }) => city));
    await expect(client.getPrompt("trap")).rejects.toMatchObject({ name: "InvalidParamsError", code: -32602 });
    await expect(client.getPrompt("trip")).rejects.toMatchObject({ code: -32602 });
    await expect(client.getPrompt("trip", {})).rejects.toMatchObject({ code: -32602 });
  });

  inMemory("parameters that are none are -32602", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().prompt("a", {}, () => "x"));
    const bad: Record<string, unknown>[] = [
      {},
      { name: 5 },
      { name: "a", arguments: { a: 5 } },
      { name: "a", arguments: [] },
    ];
    for (const params of bad) expect((await raw.refused("prompts/get", params, { bad: true })).code).toBe(-32602);
  });

  inMemory("messages that are none do not reach the wire", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .prompt("texts", {}, () => ["a"] as never)
      .prompt("role", {}, () => ({ role: "system", content: text("x") }) as never)
      .prompt("content", {}, () => [{ role: "user", content: "x" }] as never);
    const client = await joint.connect(server);
    for (const name of ["texts", "role", "content"]) {
      const outcome = await client.getPrompt(name).catch((error: unknown) => error);
      expect([name, outcome]).toEqual([name, expect.objectContaining({ code: -32603 })]);
    }
  });
});
