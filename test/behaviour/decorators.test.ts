import { describe, expect } from "vitest";
import { z } from "zod";
import { prompt, resource, tool } from "../../src/decorators/index.ts";
import { ToolError } from "../../src/server/index.ts";
import { isSince } from "../../src/protocol/index.ts";
import { everywhere } from "./bindings.ts";
import { all } from "./collect.ts";

const Item = z.object({ item: z.string() });

class Shop {
  readonly #stock = new Map([["apple", 3]]);

  @tool({ description: "Tells a price", input: Item, output: z.object({ price: z.number() }) })
  price({ item }: z.infer<typeof Item>) {
    const price = this.#stock.get(item);
    if (price === undefined) throw new ToolError(`There is no ${item}`);
    return { price };
  }

  @prompt({ description: "Haggles", input: Item })
  haggle({ item }: z.infer<typeof Item>) {
    return `Ask for less than ${this.#stock.get(item)}`;
  }

  @resource("stock://{item}", { mimeType: "text/plain" })
  stock({ item }: { item: string }) {
    return this.#stock.get(item)?.toString();
  }
}

describe("TOOL-1, PR-1, RES-1: decorated methods", () => {
  everywhere("are tools, prompts and resources as any other", {}, async (joint) => {
    const client = await joint.connect(joint.server().add(new Shop()));
    const structured = isSince(joint.revision, "2025-06-18");
    const [price, ...others] = await all(client.tools());
    expect(price).toMatchObject({ name: "price", description: "Tells a price", inputSchema: { required: ["item"] } });
    expect(price?.outputSchema === undefined).toBe(!structured);
    expect(others).toEqual([]);
    expect(await client.callTool("price", { item: "apple" })).toMatchObject({
      content: [{ type: "text", text: '{"price":3}' }],
      ...(structured ? { structuredContent: { price: 3 } } : {}),
    });
    expect(await client.callTool("price", { item: "plum" })).toMatchObject({
      content: [{ type: "text", text: "There is no plum" }],
      isError: true,
    });
    expect(await all(client.prompts())).toEqual([
      { name: "haggle", description: "Haggles", arguments: [{ name: "item", required: true }] },
    ]);
    const { messages } = await client.getPrompt("haggle", { item: "apple" });
    expect(messages).toEqual([{ role: "user", content: { type: "text", text: "Ask for less than 3" } }]);
    expect(await all(client.resourceTemplates())).toMatchObject([{ name: "stock", uriTemplate: "stock://{item}" }]);
    expect((await client.readResource("stock://apple")).contents).toEqual([
      { uri: "stock://apple", mimeType: "text/plain", text: "3" },
    ]);
  });
});
