import { describe, expect } from "vitest";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import { BOTH_ERAS, everywhere, inMemory } from "./bindings.ts";
import { all } from "./collect.ts";

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`);

describe("PAG-1: lists in pages", () => {
  everywhere("every list comes in pages, and the client reads them to the end", {}, async (joint) => {
    const server = joint.server({ pageSize: 3 });
    for (const name of numbers(7)) {
      server.tool(name, {}, () => "x");
      server.prompt(name, {}, () => "x");
      server.resource(`r:${name}`, () => "x", { name });
      server.resource(`${name}://{id}`, () => "x", { name });
    }
    const client = await joint.connect(server);
    const lists = [client.tools(), client.prompts(), client.resources(), client.resourceTemplates()] as const;
    for (const list of lists) {
      const entries: { name: string }[] = await all<{ name: string }>(list);
      expect(entries.map(({ name }) => name)).toEqual(numbers(7));
    }
    for (const method of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]) {
      expect(joint.tap.from("client", method)).toHaveLength(3);
    }
  });

  inMemory("the last page has no cursor, also when it is full", REVISIONS, async (joint) => {
    const server = joint.server({ pageSize: 2 });
    for (const name of numbers(4)) server.tool(name, {}, () => "x").resource(`r:${name}`, () => "x");
    const raw = await joint.raw(server);
    for (const method of ["tools/list", "resources/list"]) {
      const first = (await raw.request(method)).result as { nextCursor: string };
      const second = (await raw.request(method, { cursor: first.nextCursor })).result;
      expect(first.nextCursor).toEqual(expect.any(String));
      expect(second).not.toHaveProperty("nextCursor");
    }
  });

  everywhere("an invalid cursor is -32602", {}, async (joint) => {
    const server = joint.server({ pageSize: 1 });
    for (const name of numbers(3)) {
      server
        .tool(name, {}, () => "x")
        .prompt(name, {}, () => "x")
        .resource(`r:${name}`, () => "x")
        .resource(`${name}://{a}`, () => "x");
    }
    const raw = await joint.raw(server);
    for (const method of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]) {
      for (const cursor of [
        "",
        "nonsense!",
        "-1",
        "0x1",
        " 1",
        "1 ",
        "١",
        "1.5",
        "__proto__",
        "9".repeat(4000),
        "\u0000",
      ]) {
        expect([cursor, (await raw.refused(method, { cursor })).code]).toEqual([cursor, -32602]);
      }
      for (const cursor of [5, [], {}])
        expect((await raw.refused(method, { cursor }, { bad: true })).code).toBe(-32602);
    }
  });

  inMemory("a removal between two pages costs no entry", REVISIONS, async (joint) => {
    const server = joint.server({ pageSize: 2 });
    for (const name of numbers(6)) server.tool(name, {}, () => "x").resource(`r:${name}`, () => "x", { name });
    const client = await joint.connect(server);
    const seen: string[] = [];
    for await (const { name } of client.tools()) {
      seen.push(name);
      if (name === "n1") for (const gone of ["n0", "n1", "n4"]) server.tools.remove(gone);
    }
    expect(seen).toEqual(["n0", "n1", "n2", "n3", "n5"]);
    const read: string[] = [];
    for await (const { name } of client.resources()) {
      read.push(name);
      if (name === "n1") for (const gone of ["r:n1", "r:n0"]) server.resources.remove(gone);
    }
    expect(read).toEqual(numbers(6));
  });

  inMemory("an addition between two pages is seen at the end", REVISIONS, async (joint) => {
    const server = joint.server({ pageSize: 2 });
    for (const name of numbers(3)) server.tool(name, {}, () => "x");
    const client = await joint.connect(server);
    const seen: string[] = [];
    for await (const { name } of client.tools()) {
      seen.push(name);
      if (name === "n0") server.tool("late", {}, () => "x");
    }
    expect(seen).toEqual(["n0", "n1", "n2", "late"]);
  });
});

/** A server whose list of tools is given page by page. */
const pages = (given: readonly object[], modern: boolean) => {
  let at = 0;
  const hints = modern ? { ttlMs: 0, cacheScope: "private" } : {};
  return {
    "tools/list": () => ({ tools: [{ name: `t${at}`, inputSchema: { type: "object" } }], ...hints, ...given[at++] }),
  };
};

describe("T-27: cursors of a stranger", () => {
  inMemory("an empty text is a cursor, and its page is asked for", BOTH_ERAS, async (joint) => {
    const { client } = await joint.connectTo(pages([{ nextCursor: "" }, {}], isModern(joint.revision)));
    expect(await all(client.tools())).toHaveLength(2);
    expect(joint.tap.from("client", "tools/list")[1]).toMatchObject({ params: { cursor: "" } });
  });

  inMemory("null ends the list", BOTH_ERAS, async (joint) => {
    const { client, server } = await joint.connectTo(pages([{ nextCursor: null }], isModern(joint.revision)));
    server.tap.excuse("nextCursor null", (message) => "result" in message);
    expect(await all(client.tools())).toHaveLength(1);
  });

  inMemory("a cursor that comes again is an error", BOTH_ERAS, async (joint) => {
    const round = [{ nextCursor: "a" }, { nextCursor: "b" }, { nextCursor: "a" }];
    const { client } = await joint.connectTo(pages(round, isModern(joint.revision)));
    await expect(all(client.tools())).rejects.toMatchObject({ name: "LocalError", code: "invalid_response" });
  });

  inMemory("a list without an end is given up", BOTH_ERAS, async (joint) => {
    const endless = Array.from({ length: 200 }, (_, at) => ({ nextCursor: `c${at}` }));
    const { client } = await joint.connectTo(pages(endless, isModern(joint.revision)));
    const failure = await all(client.tools()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "limit", data: { limit: "pages" } });
  });

  inMemory("an iterator that is left asks for no more pages", BOTH_ERAS, async (joint) => {
    const { client } = await joint.connectTo(pages([{ nextCursor: "a" }, {}], isModern(joint.revision)));
    expect(await all(client.tools(), 1)).toHaveLength(1);
    expect(joint.tap.from("client", "tools/list")).toHaveLength(1);
  });
});
