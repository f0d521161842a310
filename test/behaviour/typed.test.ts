import { describe, expect, expectTypeOf } from "vitest";
import { z } from "zod";
import type { Client } from "../../src/client/index.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import { type Context, Server, tool } from "../../src/server/index.ts";
import { everywhere, inMemory, MODERN, since } from "./bindings.ts";

/** A server whose type knows its tools. */
const make = () =>
  new Server({ name: "typed", version: "1" })
    .tool(
      "add",
      { input: z.object({ a: z.number(), b: z.number() }), output: z.object({ sum: z.number() }) },
      ({ a, b }) => ({ sum: a + b }),
    )
    .tool(
      "greet",
      { input: z.object({ name: z.string(), times: z.string().transform(Number).optional() }) },
      ({ name }) => `Hi ${name}`,
    )
    .tool(
      "plain",
      { input: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } },
      ({ n }) => `${n}`,
    )
    .tool("bare", {}, () => "bare")
    .add(tool("added", { input: z.object({ x: z.boolean() }) }, ({ x }) => `${x}`))
    .prompt("p", {}, () => "x")
    .resource("r:1", () => "x");

type Typed = ReturnType<typeof make>;

describe("a client that knows its server's type", () => {
  everywhere(
    "calls tools by their names, with their arguments, for their output",
    { revisions: since("2025-06-18") },
    async (joint) => {
      const client = await joint.connect(make());
      expect(await client.call("add", { a: 1, b: 2 })).toEqual({ sum: 3 });
      expect(await client.call("greet", { name: "Ann" })).toBe("Hi Ann");
      expect(await client.call("plain", { n: 5 })).toBe("5");
      expect(await client.call("bare")).toBe("bare");
      expect(await client.call("added", { x: true })).toBe("true");
    },
  );

  inMemory("is refused by the compiler where it calls them otherwise", MODERN, () => {
    type Calls = Awaited<ReturnType<typeof Client.connect<Typed>>>["call"];
    const use = async (call: Calls): Promise<void> => {
      expectTypeOf(await call("add", { a: 1, b: 2 })).toEqualTypeOf<{ sum: number }>();
      expectTypeOf(await call("greet", { name: "x", times: "3" })).toEqualTypeOf<string>();
      expectTypeOf(await call("bare")).toEqualTypeOf<string>();
      expectTypeOf(await call("added", { x: true })).toEqualTypeOf<string>();
      // @ts-expect-error There is no such tool.
      await call("sub", {});
      // @ts-expect-error The argument is a number.
      await call("add", { a: "1", b: 2 });
      // @ts-expect-error An argument is missing.
      await call("add", { a: 1 });
      // @ts-expect-error The schema takes a string and makes a number of it.
      await call("greet", { name: "x", times: 3 });
      // @ts-expect-error The tool takes none.
      await call("bare", { x: 1 });
    };
    expectTypeOf(use).toBeFunction();
  });

  inMemory("gives whatever there is where nothing is known", REVISIONS, async (joint) => {
    const client: Client = await joint.open(joint.serving(make()));
    expectTypeOf(await client.call("anything-goes", { x: 1 }).catch(() => undefined)).toBeUnknown();
    expectTypeOf<Client<{ a: { input: undefined; output: undefined } }>>().toExtend<Client>();
    const text = await client.call("plain", { n: 1 });
    expect(text).toBe("1");
  });

  inMemory("types what handlers get and give", MODERN, async (joint) => {
    const server = joint
      .server()
      .tool(
        "a",
        { input: z.object({ n: z.string().transform(Number), d: z.number().default(1) }) },
        (input, context) => {
          expectTypeOf(input).toEqualTypeOf<{ n: number; d: number }>();
          expectTypeOf(context).toEqualTypeOf<Context>();
          return `${input.n + input.d}`;
        },
      )
      .resource("note://{owner}/{id}", (variables) => {
        expectTypeOf(variables.owner).toBeString();
        return variables.id;
      })
      .prompt("p", { input: z.object({ city: z.string(), days: z.string().optional() }) }, (input) => {
        expectTypeOf(input).toEqualTypeOf<{ city: string; days?: string | undefined }>();
        return input.city;
      });
    // @ts-expect-error A number is nothing that a tool without an output schema gives.
    server.tool("wrong", {}, () => 5);
    // @ts-expect-error The value does not fit the output schema.
    server.tool("unfit", { output: z.object({ n: z.number() }) }, () => ({ n: "x" }));
    // @ts-expect-error There is no such variable.
    server.resource("n://{id}", ({ other }) => `${other}`);
    // @ts-expect-error There is no such option.
    expect(() => server.tool("typo", { inputs: z.object({}) }, () => "x")).toThrow('option "inputs"');
    expect(await (await joint.connect(server)).call("a", { n: "4" })).toBe("5");
  });
});
