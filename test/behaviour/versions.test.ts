import { describe, expect, it } from "vitest";
import { UnsupportedProtocolVersionError } from "../../src/errors.ts";
import { LATEST_LEGACY_REVISION, LATEST_REVISION, REVISIONS, type Revision } from "../../src/protocol/index.ts";
import { BINDINGS, everywhere, inMemory, LEGACY, MEMORY, MODERN } from "./bindings.ts";
import { Joint } from "./joint.ts";

const ERAS: Readonly<Record<string, readonly Revision[]>> = { modern: MODERN, dual: REVISIONS, legacy: LEGACY };

describe("VER-14: clients and servers of every era", () => {
  for (const [ours, revisions] of Object.entries(ERAS)) {
    for (const [theirs, spoken] of Object.entries(ERAS)) {
      const shared = revisions.filter((revision) => spoken.includes(revision)).at(-1);
      for (const binding of BINDINGS) {
        it(`a ${ours} client and a ${theirs} server ${shared ?? "share nothing"} [${binding.name}]`, async () => {
          const joint = new Joint(binding, shared ?? LATEST_REVISION);
          const server = joint.server({ revisions: spoken }).tool("who", {}, (_, { client }) => client.version);
          const connecting = joint.connect(server, { revisions });
          if (shared === undefined) {
            const failure = await connecting.catch((error: unknown) => error);
            if (ours === "legacy") expect(failure).toBeInstanceOf(UnsupportedProtocolVersionError);
            else expect(failure).toMatchObject({ code: "no_common_version", data: { supported: spoken } });
          } else {
            const client = await connecting;
            expect(client.version).toBe(shared);
            expect(await client.call("who")).toBe(shared);
          }
          await joint.close();
          joint.verify();
        });
      }
    }
  }

  it("one connection serves both eras at once (VER-13)", async () => {
    const joint = new Joint(MEMORY[0] as (typeof MEMORY)[number], LATEST_LEGACY_REVISION);
    const server = joint.server().tool("who", {}, (_, { client }) => `${client.version} ${client.info?.name}`);
    const raw = await joint.raw(server);
    const meta = {
      "io.modelcontextprotocol/protocolVersion": LATEST_REVISION,
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const answers = await Promise.all([
      raw.request("tools/call", { name: "who" }),
      raw.request("tools/call", { name: "who", _meta: meta }),
      raw.request("tools/call", { name: "who" }),
      raw.request("server/discover", { _meta: meta }),
    ]);
    const texts = answers.map(({ result }) => (result as { content?: { text: string }[] }).content?.[0]?.text);
    expect(texts).toEqual(["2025-11-25 raw", "2026-07-28 undefined", "2025-11-25 raw", undefined]);
    // A method that the stateless revision has not, with its envelope, is not taken for the older one.
    expect((await raw.refused("ping", { _meta: meta }, { bad: true })).code).toBe(-32601);
    expect((await raw.refused("initialize", { _meta: meta }, { bad: true })).code).toBe(-32601);
    expect((await raw.request("ping")).result).toEqual({});
    await joint.close();
    joint.verify();
  });
});

describe("VER-1: server/discover", () => {
  everywhere(
    "tells the versions, capabilities and instructions, with cache hints",
    { revisions: MODERN },
    async (joint) => {
      const server = joint.server({ instructions: "Hi." }).prompt("p", {}, () => "x");
      const { result } = await (await joint.raw(server)).request("server/discover");
      expect(result).toMatchObject({
        resultType: "complete",
        supportedVersions: REVISIONS,
        capabilities: { prompts: { listChanged: true }, completions: {} },
        instructions: "Hi.",
        ttlMs: expect.any(Number),
        cacheScope: expect.stringMatching(/^(public|private)$/),
      });
    },
  );

  inMemory("needs the same _meta as any other request", MODERN, async (joint) => {
    const raw = await joint.raw(joint.server());
    expect((await raw.refused("server/discover", {}, { plain: true, bad: true })).code).toBe(-32602);
  });
});

describe("VER-2: a version that is not implemented", () => {
  everywhere(
    "is refused with -32022, the versions supported and the one requested",
    { revisions: MODERN },
    async (joint) => {
      const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
      for (const [method, params] of [
        ["server/discover", {}],
        ["tools/call", { name: "a" }],
        ["tools/list", {}],
      ] as const) {
        const _meta = { "io.modelcontextprotocol/protocolVersion": "2027-01-01" };
        const error = await raw.refused(method, { ...params, _meta });
        expect(error).toMatchObject({ code: -32022, data: { supported: REVISIONS, requested: "2027-01-01" } });
      }
    },
  );

  inMemory("goes for versions that are switched off, and for older ones in _meta (T-5)", MODERN, async (joint) => {
    const raw = await joint.raw(joint.server({ revisions: LEGACY }));
    const error = await raw.refused("server/discover");
    expect(error).toMatchObject({ code: -32022, data: { supported: LEGACY, requested: joint.revision } });
    const other = await joint.raw(joint.server());
    const _meta = { "io.modelcontextprotocol/protocolVersion": "2025-11-25" };
    expect(await other.refused("tools/list", { _meta })).toMatchObject({
      code: -32022,
      data: { requested: "2025-11-25" },
    });
  });
});

describe("VER-5 and VER-6: a stateless server", () => {
  inMemory("lists the same to every connection, whatever was asked before", MODERN, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .tool("b", {}, () => "x");
    const [one, other] = [await joint.raw(server), await joint.raw(server)];
    await one.request("tools/call", { name: "b" });
    const lists = [await one.request("tools/list"), await other.request("tools/list"), await one.request("tools/list")];
    expect(lists[1]?.result).toEqual(lists[0]?.result);
    expect(lists[2]?.result).toEqual(lists[0]?.result);
  });
});
