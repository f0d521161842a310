import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Client } from "../../src/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { Server, type ServerOptions } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";

const INFO = { name: "n", version: "1" };
const logger = { warn: () => {}, error: () => {} };
const server = (): Server => new Server(INFO, { logger });

describe("a mistake of the program is told where it is written", () => {
  const mistakes: [string, () => unknown, string][] = [
    ["a server without a name", () => new Server({ version: "1" } as never), "name"],
    ["a server without a version", () => new Server({ name: "n" } as never), "version"],
    ["a server without anything", () => new Server(undefined as never), "name"],
    ["a server of an unknown revision", () => new Server(INFO, { revisions: ["2020-01-01" as never] }), "2020-01-01"],
    ["a server of no revision", () => new Server(INFO, { revisions: [] }), "revision"],
    ["a misspelt option of a server", () => new Server(INFO, { instruction: "x" } as ServerOptions), "instruction"],
    ["pages without entries", () => new Server(INFO, { pageSize: 0 }), "pageSize"],
    ["pages of part of an entry", () => new Server(INFO, { pageSize: 1.5 }), "pageSize"],
    ["pages of no number", () => new Server(INFO, { pageSize: Number.NaN }), "pageSize"],
    ["no time for handlers", () => new Server(INFO, { timeout: 0 }), "timeout"],
    ["a time that is none", () => new Server(INFO, { timeout: Number.NaN }), "timeout"],
    ["a tool without a name", () => server().tool("", {}, () => "x"), "name"],
    ["a tool without a handler", () => server().tool("a", {}, undefined as never), "handler"],
    ["a tool without options", () => server().tool("a", undefined as never, () => "x"), "options"],
    ["a misspelt option of a tool", () => server().tool("a", { descriptoin: "x" } as never, () => "x"), "descriptoin"],
    ["an input that is no schema", () => server().tool("a", { input: 5 as never }, () => "x"), "a"],
    ["an input that can be no object", () => server().tool("a", { input: z.string() as never }, () => "x"), "object"],
    [
      "an input that cannot be written",
      () => server().tool("a", { input: z.object({ a: z.bigint() }) }, () => "x"),
      "a",
    ],
    ["a prompt without a name", () => server().prompt("", {}, () => "x"), "name"],
    ["a prompt without a handler", () => server().prompt("p", {}, null as never), "handler"],
    [
      "a prompt's argument that is no text",
      () => server().prompt("p", { input: z.object({ n: z.number() }) }, () => "x"),
      "n",
    ],
    [
      "a completion of no argument",
      () => server().prompt("p", { input: z.object({ a: z.string() }), complete: { b: () => [] } }, () => "x"),
      "b",
    ],
    ["a resource without a scheme", () => server().resource("readme", () => "x"), "scheme"],
    ["a resource without a handler", () => server().resource("a:b", undefined as never), "handler"],
    ["a list of a resource that is no template", () => server().resource("a:b", () => "x", { list: () => [] }), "list"],
    [
      "a completion of no variable",
      () => server().resource("n://{id}", () => "x", { complete: { other: () => [] } as never }),
      "other",
    ],
    ["a template that cannot be matched", () => server().resource("n://{a}{b}", () => "x"), "n://{a}{b}"],
    ["a definition of nothing", () => server().add({}), "decorated instance"],
  ];

  it.each(mistakes)("%s", (_title, make, said) => {
    let failure: unknown;
    try {
      make();
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(DefinitionError);
    expect((failure as Error).message).toContain(said);
  });

  it("of a client, too", async () => {
    for (const [options, said] of [
      [{ revisions: ["2020-01-01"] }, "2020-01-01"],
      [{ revisions: [] }, "revision"],
      [{ timeout: -1 }, "timeout"],
    ] as const) {
      const connecting = Client.connect(memory()[0], { probeTimeout: 50, ...(options as object) });
      await expect(connecting).rejects.toBeInstanceOf(DefinitionError);
      await expect(connecting).rejects.toThrow(said);
    }
    await expect(Client.connect({} as never)).rejects.toBeInstanceOf(DefinitionError);
    await expect(Client.connect(undefined as never)).rejects.toBeInstanceOf(DefinitionError);
  });

  it("a definition that failed leaves nothing behind", () => {
    const made = server();
    expect(() => made.tool("a", { input: 5 as never }, () => "x")).toThrow();
    expect(made.tools.names()).toEqual([]);
    made.tool("a", {}, () => "x");
    expect(made.tools.names()).toEqual(["a"]);
  });
});
