import { describe, expect, it } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { type CacheHints, inputRequired, resource, Server, type ServerOptions } from "../../src/server/index.ts";
import { everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import type { Joint } from "./joint.ts";

const LISTS = {
  "tools/list": { ttlMs: 1000, cacheScope: "public" },
  "prompts/list": { ttlMs: 2000, cacheScope: "private" },
  "resources/list": { ttlMs: 3000, cacheScope: "public" },
  "resources/templates/list": { ttlMs: 4000, cacheScope: "private" },
  "server/discover": { ttlMs: 5000, cacheScope: "public" },
} as const;

const cache: CacheHints = {
  tools: LISTS["tools/list"],
  prompts: { ttlMs: 2000 },
  resources: LISTS["resources/list"],
  resourceTemplates: { ttlMs: 4000, cacheScope: undefined },
  discover: LISTS["server/discover"],
};

/** A server with two pages of everything. */
function hinting(joint: Joint, options: ServerOptions = {}): Server {
  const server = joint.server({ cache, pageSize: 1, ...options });
  for (const name of ["a", "b"]) {
    server.tool(name, {}, () => "x").prompt(name, {}, () => "x");
    server.resource(`r:${name}`, () => "x", { cache: { ttlMs: 7000, cacheScope: "public" } });
    server.resource(`${name}://{id}`, () => "x", { cache: { ttlMs: 8000 } });
  }
  return server;
}

describe("CACHE-1: a server says how long lists and resources may be kept", () => {
  everywhere("the same on every page of a list, and as was said", { revisions: MODERN }, async (joint) => {
    const raw = await joint.raw(hinting(joint));
    for (const [method, hints] of Object.entries(LISTS)) {
      let cursor: string | undefined;
      let pages = 0;
      do {
        const result = (await raw.request(method, cursor === undefined ? {} : { cursor })).result as {
          nextCursor?: string;
        };
        expect([method, result]).toEqual([method, expect.objectContaining(hints)]);
        cursor = result.nextCursor;
        pages++;
      } while (cursor !== undefined);
      expect(pages).toBe(method === "server/discover" ? 1 : 2);
    }
    const read = async (uri: string): Promise<unknown> => (await raw.request("resources/read", { uri })).result;
    expect(await read("r:a")).toMatchObject({ ttlMs: 7000, cacheScope: "public" });
    expect(await read("a://1")).toMatchObject({ ttlMs: 8000, cacheScope: "private" });
  });

  everywhere("nothing of it on revisions that do not know it", { revisions: LEGACY }, async (joint) => {
    const raw = await joint.raw(hinting(joint));
    for (const method of Object.keys(LISTS).filter((name) => name !== "server/discover")) {
      expect((await raw.request(method)).result).not.toHaveProperty("ttlMs");
      expect((await raw.request(method)).result).not.toHaveProperty("cacheScope");
    }
    expect((await raw.request("resources/read", { uri: "r:a" })).result).toEqual({
      contents: [{ uri: "r:a", text: "x" }],
    });
  });

  inMemory("T-40: 0 and private where nothing was said", MODERN, async (joint) => {
    const raw = await joint.raw(hinting(joint, { cache: { tools: { ttlMs: 5 } } }));
    expect((await raw.request("tools/list")).result).toMatchObject({ ttlMs: 5, cacheScope: "private" });
    for (const method of ["prompts/list", "resources/list", "server/discover"]) {
      expect((await raw.request(method)).result).toMatchObject({ ttlMs: 0, cacheScope: "private" });
    }
  });

  inMemory("a handler says it for one read, or a part of it", MODERN, async (joint) => {
    const server = joint
      .server()
      .resource("r:own", () => ({ contents: [], ttlMs: 1, cacheScope: "private" as const }), {
        cache: { ttlMs: 5, cacheScope: "public" },
      })
      .resource("r:scope", () => ({ contents: [], cacheScope: "public" as const }), { cache: { ttlMs: 5 } })
      .resource("r:none", () => ({ contents: [], ttlMs: undefined, cacheScope: undefined }))
      .resource("r:wrong", () => ({ contents: [], ttlMs: -1 }));
    const raw = await joint.raw(server);
    const read = async (uri: string): Promise<unknown> => (await raw.request("resources/read", { uri })).result;
    expect(await read("r:own")).toMatchObject({ ttlMs: 1, cacheScope: "private" });
    expect(await read("r:scope")).toMatchObject({ ttlMs: 5, cacheScope: "public" });
    expect(await read("r:none")).toMatchObject({ ttlMs: 0, cacheScope: "private" });
    expect(await raw.refused("resources/read", { uri: "r:wrong" })).toMatchObject({ code: -32603 });
    expect(joint.reports).toMatchObject([{ name: "DefinitionError", message: expect.stringContaining("ttlMs") }]);
  });

  inMemory("T-40: what depends on who looks is private, whatever its handler says", MODERN, async (joint) => {
    const server = joint
      .server()
      .resource("r:mine", () => ({ contents: [], ttlMs: 5, cacheScope: "public" as const }), {
        visible: () => true,
      });
    const raw = await joint.raw(server);
    const { result } = await raw.request("resources/read", { uri: "r:mine" });
    expect(result).toMatchObject({ ttlMs: 5, cacheScope: "private" });
  });

  inMemory("MRTR-8: a question carries no hint, and the answer of a retried read says 0", MODERN, async (joint) => {
    const inputRequests = { roots: { method: "roots/list" as const } };
    const server = joint
      .server()
      .resource(
        "r:1",
        (_, context) => (context.inputResponses === undefined ? inputRequired({ inputRequests }) : "x"),
        {
          cache: { ttlMs: 5000, cacheScope: "public" },
        },
      );
    const raw = await joint.raw(server, { roots: {} });
    const asked = (await raw.request("resources/read", { uri: "r:1" })).result;
    expect(asked).toMatchObject({ resultType: "input_required" });
    expect(asked).not.toHaveProperty("ttlMs");
    expect(asked).not.toHaveProperty("cacheScope");
    const { requestState } = asked as { requestState?: string };
    const inputResponses = { roots: { roots: [] } };
    const answered = await raw.request("resources/read", { uri: "r:1", inputResponses, requestState });
    expect(answered.result).toMatchObject({ resultType: "complete", ttlMs: 0, cacheScope: "private" });
  });
});

describe("hints that no client could follow are refused where they are written", () => {
  const server = (cache?: CacheHints): Server =>
    new Server({ name: "n", version: "1" }, { logger: { warn() {}, error() {} }, ...(cache && { cache }) });
  const hidden = { visible: () => true };
  const open = { ttlMs: 5, cacheScope: "public" } as const;

  it.each<[string, () => unknown, string]>([
    ["a time below 0", () => server({ tools: { ttlMs: -1 } }), "cache.tools"],
    ["a part of a millisecond", () => server({ prompts: { ttlMs: 0.5 } }), "cache.prompts"],
    ["no time", () => server({ resources: {} as never }), "cache.resources"],
    ["no hint", () => server({ discover: null as never }), "cache.discover"],
    ["another scope", () => server({ tools: { ttlMs: 1, cacheScope: "shared" as never } }), "shared"],
    ["a list that nobody has", () => server({ tool: { ttlMs: 1 } } as never), '"tool"'],
    ["a misspelt hint", () => server({ tools: { ttlMs: 1, scope: "public" } as never }), '"scope"'],
    ["a resource's", () => resourceWith({ ttlMs: -1 }), "r:1"],
    [
      "a public list of tools of which one is hidden",
      () => server({ tools: open }).tool("a", hidden, () => "x"),
      '"a"',
    ],
    ["the same of prompts", () => server({ prompts: open }).prompt("a", hidden, () => "x"), '"a"'],
    ["the same of resources", () => server({ resources: open }).resource("r:1", () => "x", hidden), "r:1"],
    [
      "the same of templates",
      () => server({ resourceTemplates: open }).resource("r:{a}", () => "x", hidden),
      "resourceTemplates",
    ],
    [
      "a public list of resources of which a hidden template gives some",
      () => server({ resources: open }).resource("r:{a}", () => "x", { ...hidden, list: () => [] }),
      "resources",
    ],
    ["a public resource that is hidden", () => resourceWith(open, hidden), "visible"],
  ])("%s", (_, write, says) => {
    expect(write).toThrow(DefinitionError);
    expect(write).toThrow(says);
  });

  function resourceWith(cache: object, more: object = {}): Server {
    return server().add(resource("r:1", () => "x", { cache: cache as never, ...more }));
  }

  it("lets pass a hidden template that lists nothing, beside a public list of resources", () => {
    expect(server({ resources: open }).resource("r:{a}", () => "x", hidden).templates.size).toBe(1);
  });
});
