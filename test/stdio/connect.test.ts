import { describe, expect, expectTypeOf, it } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { connect } from "../../src/node/index.ts";
import { Server } from "../../src/server/index.ts";
import { program } from "./child.ts";

const sum = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => ({ value: value as { a: number; b: number } }),
    jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) },
    types: undefined as unknown as { input: { a: number; b: number }; output: { a: number; b: number } },
  },
} as const;

const server = new Server({ name: "here", version: "1" }).tool("add", { input: sum }, ({ a, b }) => `${a + b}`);

describe("connect()", () => {
  it("joins a server in this program, with its types", async () => {
    await using client = await connect(server);
    const three = await client.call("add", { a: 1, b: 2 });
    expectTypeOf(three).toEqualTypeOf<string>();
    expect(three).toBe("3");
    expectTypeOf<Parameters<typeof client.call<"add">>[1]>().toEqualTypeOf<{ a: number; b: number } | undefined>();
  });

  it("takes options", async () => {
    await using client = await connect(server, { revisions: ["2025-03-26"] });
    expect(client.version).toBe("2025-03-26");
  });

  it("starts a command line, with the types of a server by wish", async () => {
    await using client = await connect<typeof server>([process.execPath, await program("server")]);
    expectTypeOf<Parameters<typeof client.call<"add">>[1]>().toEqualTypeOf<{ a: number; b: number } | undefined>();
    await using plain = await connect([process.execPath, await program("server")]);
    expect(await plain.call("echo", { text: "hi" })).toBe("hi");
  });

  it("starts a command with options", async () => {
    const args = [await program("server")];
    await using client = await connect({ command: process.execPath, args, env: { OWN: "1" } });
    expect(JSON.parse((await client.call("env")) as string)).toMatchObject({ OWN: "1" });
  });

  it.each([
    ["a command in one string", "node server.js"],
    ["another kind of URL", "ftp://example.com"],
    ["no program", []],
    ["an object without a command", {} as never],
  ])("refuses %s", async (_title, target) => {
    await expect(connect(target)).rejects.toBeInstanceOf(DefinitionError);
  });
});
