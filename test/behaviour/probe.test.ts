import { describe, expect, it, vi } from "vitest";
import type { ClientOptions, Prior } from "../../src/client/index.ts";
import { Client } from "../../src/client/index.ts";
import { peer } from "../../src/jsonrpc/channels/index.ts";
import type { Connector, Request, Transport } from "../../src/jsonrpc/index.ts";
import { LATEST_LEGACY_REVISION, LATEST_REVISION, REVISIONS } from "../../src/protocol/index.ts";
import { CHANNELS, LEGACY, MEMORY, MODERN } from "./bindings.ts";
import { RawServer, type Script } from "./by-hand.ts";
import { Joint } from "./joint.ts";

const onMemory = (): Joint => new Joint(MEMORY[0] as (typeof MEMORY)[number], LATEST_LEGACY_REVISION);

/** What comes of connecting a client of every revision to a server that a test plays, and what the client asked. */
async function probing(script: Script, options: ClientOptions = {}, joint: Joint = onMemory()) {
  const connecting = joint.connectTo(script, { revisions: REVISIONS, ...options });
  // What an older server says to the probe is no message of the revision that the probe is written in.
  joint.tap.forgive((message) => !("method" in message) && message.id === 1);
  const outcome = await connecting.then(
    ({ client }) => client.version,
    (error: { code?: unknown }) => error.code,
  );
  await joint.close();
  joint.verify();
  const asked = joint.tap.from("client").flatMap((message) => ("method" in message ? [message.method] : []));
  return { outcome, asked, tap: joint.tap };
}

/** How a server answers a probe. */
type ProbeAnswer = () => object | undefined;

const discovered = (supportedVersions: readonly string[]): ProbeAnswer => {
  const hints = { ttlMs: 0, cacheScope: "private" };
  return () => ({ resultType: "complete", supportedVersions, capabilities: {}, ...hints });
};

const refused = (code: number, data?: unknown): ProbeAnswer => {
  return () => ({ error: { code, message: "no", data } });
};

const FELL_BACK = ["server/discover", "initialize", "notifications/initialized"];

describe("VER-10: the probe of a client that has both eras", () => {
  it("is server/discover in the newest version, with the whole _meta", async () => {
    const { outcome, asked, tap } = await probing({ "server/discover": discovered(REVISIONS) });
    const [first] = tap.from("client") as Request[];
    expect(first?.params?.["_meta"]).toMatchObject({
      "io.modelcontextprotocol/protocolVersion": LATEST_REVISION,
      "io.modelcontextprotocol/clientCapabilities": {},
      "io.modelcontextprotocol/clientInfo": { name: expect.any(String), version: expect.any(String) },
    });
    expect(asked).toEqual(["server/discover"]);
    expect(outcome).toBe(LATEST_REVISION);
  });

  it.each([-32700, -32600, -32601, -32602, -32603, -32000, -32001, -32002, -32022, 0, 1, 404])(
    "T-1: the error %i leads to initialize",
    async (code) => {
      const { outcome, asked } = await probing({ "server/discover": refused(code) });
      expect(outcome).toBe(LATEST_LEGACY_REVISION);
      expect(asked).toEqual(FELL_BACK);
    },
  );

  it.each([
    {},
    { supportedVersions: LATEST_REVISION, capabilities: {} },
    { supportedVersions: [LATEST_REVISION] },
    { tools: [] },
    { supportedVersions: [1], capabilities: {} },
  ])("a result that is no DiscoverResult leads to initialize: %j", async (result) => {
    const { outcome, asked } = await probing({ "server/discover": () => ({ resultType: "complete", ...result }) });
    expect(outcome).toBe(LATEST_LEGACY_REVISION);
    expect(asked).toEqual(FELL_BACK);
  });

  it.each([null, [], "yes", 5, true])("a result that is no object leads to initialize: %j", async (result) => {
    const { outcome } = await probing({
      "server/discover": (_params, { id }, server) => server.send({ jsonrpc: "2.0", id, result }),
    });
    expect(outcome).toBe(LATEST_LEGACY_REVISION);
  });

  it.each(CHANNELS)("silence leads to initialize, and a late answer changes nothing [$name]", async (binding) => {
    const joint = new Joint(binding, LATEST_LEGACY_REVISION);
    let probe: Request | undefined;
    const script: Script = {
      "server/discover": (_params, request) => {
        probe = request;
      },
      initialize: (_params, _request, server) => {
        if (probe !== undefined) server.answer(probe.id, discovered(REVISIONS)() ?? {});
        const serverInfo = { name: "slow", version: "0" };
        return { protocolVersion: LATEST_LEGACY_REVISION, capabilities: {}, serverInfo };
      },
    };
    const { outcome, asked } = await probing(script, { probeTimeout: 20 }, joint);
    expect(outcome).toBe(LATEST_LEGACY_REVISION);
    expect(asked.filter((method) => method !== "notifications/cancelled")).toEqual(FELL_BACK);
  });

  it("a malformed answer leads to initialize at once", async () => {
    const joint = onMemory();
    const script: Script = {
      "server/discover": (_params, { id }, server) => server.bad({ jsonrpc: "2.0", id, error: { code: "x" } }),
    };
    const { outcome } = await probing(script, { probeTimeout: 60_000 }, joint);
    expect(outcome).toBe(LATEST_LEGACY_REVISION);
  }, 1000);
});

describe("VER-3: -32022 with the versions that the server supports", () => {
  const supported = (...versions: string[]): object => ({ supported: versions, requested: LATEST_REVISION });

  it("a mutual version is tried, and initialize is not", async () => {
    let times = 0;
    const { outcome, asked } = await probing({
      "server/discover": () =>
        ++times === 1 ? refused(-32022, supported("2025-11-25", LATEST_REVISION))() : discovered(REVISIONS)(),
    });
    expect(outcome).toBe(LATEST_REVISION);
    expect(asked).toEqual(["server/discover", "server/discover"]);
  });

  it("a server that goes on refusing what it says it supports is given up", async () => {
    const { outcome, asked } = await probing({ "server/discover": refused(-32022, supported(LATEST_REVISION)) });
    expect(outcome).toBe(-32022);
    expect(asked).toEqual(["server/discover", "server/discover"]);
  });

  it("older versions lead to initialize", async () => {
    const { outcome, asked } = await probing({ "server/discover": refused(-32022, supported(...LEGACY)) });
    expect(outcome).toBe(LATEST_LEGACY_REVISION);
    expect(asked).toEqual(FELL_BACK);
  });

  it("no mutual version is an error that tells the list, without initialize", async () => {
    const { outcome, asked } = await probing({ "server/discover": refused(-32022, supported("2027-01-01")) });
    expect(outcome).toBe("no_common_version");
    expect(asked).toEqual(["server/discover"]);
  });

  it.each([undefined, {}, { supported: LATEST_REVISION }, { supported: [1] }, { versions: [LATEST_REVISION] }, null])(
    "T-3: data without a list says nothing of the era: %j",
    async (data) => {
      const { outcome, asked } = await probing({ "server/discover": refused(-32022, data) });
      expect(outcome).toBe(LATEST_LEGACY_REVISION);
      expect(asked).toEqual(FELL_BACK);
    },
  );

  it.each([
    [-32020, undefined],
    [-32021, { requiredCapabilities: { sampling: {} } }],
  ])("the error %i shows a stateless server, and is told", async (code, data) => {
    const { outcome, asked } = await probing({ "server/discover": refused(code, data) });
    expect(outcome).toBe(code);
    expect(asked).toEqual(["server/discover"]);
  });

  it("a DiscoverResult of older versions alone leads to initialize", async () => {
    const { outcome } = await probing({ "server/discover": discovered(["2025-06-18"]) });
    expect(outcome).toBe(LATEST_LEGACY_REVISION);
  });
});

describe("VER-10: a client of stateless versions alone", () => {
  it.each<[string, ProbeAnswer, string]>([
    ["an error of an older server", refused(-32601), "no_common_version"],
    [
      "older versions alone (T-5)",
      refused(-32022, { supported: LEGACY, requested: LATEST_REVISION }),
      "no_common_version",
    ],
    ["a DiscoverResult of older versions (T-5)", discovered(LEGACY), "no_common_version"],
    ["silence", () => undefined, "timeout"],
  ])("never sends initialize: %s", async (_title, answer, code) => {
    const { outcome, asked } = await probing(
      { "server/discover": () => answer() },
      { revisions: MODERN, probeTimeout: 20 },
    );
    expect(outcome).toBe(code);
    expect(asked.filter((method) => method !== "notifications/cancelled")).toEqual(["server/discover"]);
  });

  it("says that the connection closed", async () => {
    const script: Script = { "server/discover": (_params, _request, server) => void server.close() };
    const { outcome } = await probing(script, { revisions: MODERN });
    expect(outcome).toBe("closed");
  });
});

describe("T-1: a server that ends at the sight of the probe", () => {
  it("is started again, and opened with initialize at once", async () => {
    const joint = onMemory();
    const connector: Connector = {
      async open(): Promise<Transport> {
        const { client, server: end, tap } = joint.ends();
        const server: RawServer = new RawServer(end, tap, LATEST_LEGACY_REVISION, {
          "server/discover": () => void server.close(),
        });
        return peer(client);
      },
    };
    const client = await Client.connect(connector);
    expect(client.version).toBe(LATEST_LEGACY_REVISION);
    expect(joint.taps.map((tap) => tap.from("client").map((message) => "method" in message && message.method))).toEqual(
      [["server/discover"], ["initialize", "notifications/initialized"]],
    );
    await client.close();
    await joint.close();
    joint.verify();
  });

  it("is an error where nothing can start it again", async () => {
    const script: Script = { "server/discover": (_params, _request, server) => void server.close() };
    const { outcome } = await probing(script);
    expect(outcome).toBe("closed");
  });
});

describe("VER-12: what was learnt of a server before", () => {
  const server = { info: { name: "raw", version: "0" }, capabilities: { tools: {} }, instructions: undefined };
  const tools = { "tools/list": () => ({ tools: [], ...discovered([])(), supportedVersions: undefined }) };

  it("of a stateless server saves the probe", async () => {
    const joint = onMemory();
    const prior: Prior = { version: LATEST_REVISION, server, at: 0 };
    const modern = new Joint(joint.binding, LATEST_REVISION);
    const { client } = await modern.connectTo(tools, { revisions: REVISIONS, prior });
    expect(client.version).toBe(LATEST_REVISION);
    expect(client.server).toEqual(server);
    for await (const _ of client.tools()) expect.unreachable();
    expect(modern.tap.from("client").map((message) => "method" in message && message.method)).toEqual(["tools/list"]);
    await modern.close();
    modern.verify();
  });

  it("of an older server leads to initialize at once, for a day", async () => {
    const prior: Prior = { version: "2025-06-18", server, at: Date.now() - 23 * 3_600_000 };
    expect((await probing({}, { prior })).asked).toEqual(["initialize", "notifications/initialized"]);
    const old = { ...prior, at: Date.now() - 25 * 3_600_000 };
    expect((await probing({}, { prior: old })).asked[0]).toBe("server/discover");
  });

  it("counts only for a revision that the client has switched on", async () => {
    const prior: Prior = { version: "2025-06-18", server, at: Date.now() };
    const { asked } = await probing({ "server/discover": discovered(MODERN) }, { prior, revisions: MODERN });
    expect(asked).toEqual(["server/discover"]);
  });

  it("is plain JSON that the client gives", async () => {
    const joint = new Joint(onMemory().binding, LATEST_REVISION);
    const client = await joint.connect(joint.server());
    vi.useFakeTimers({ now: 5, toFake: ["Date"] });
    try {
      expect(JSON.parse(JSON.stringify(client.prior))).toMatchObject({ version: LATEST_REVISION, at: 5 });
    } finally {
      vi.useRealTimers();
    }
    await joint.close();
  });
});

describe("the handshake", () => {
  it("CAN-2: is never cancelled, not even by a time-out", async () => {
    const { outcome, asked } = await probing({ initialize: () => undefined }, { revisions: LEGACY, timeout: 20 });
    expect(outcome).toBe("timeout");
    expect(asked).toEqual(["initialize"]);
  });

  it("CAN-2: is never cancelled by the caller's signal, either", async () => {
    const abort = new AbortController();
    const { outcome, asked } = await probing(
      { initialize: () => abort.abort(new Error("enough")) },
      { revisions: LEGACY, signal: abort.signal },
    );
    expect(outcome).toBe("aborted");
    expect(asked).toEqual(["initialize"]);
  });

  it("of an aborted signal sends nothing", async () => {
    for (const revisions of [LEGACY, MODERN]) {
      const { outcome, asked } = await probing({}, { revisions, signal: AbortSignal.abort() });
      expect(outcome).toBe("aborted");
      expect(asked).toEqual([]);
    }
  });

  it("closes the connection when it fails", async () => {
    let closed: Promise<unknown> | undefined;
    const { outcome } = await probing(
      {
        initialize: (_params, _request, server) => {
          closed = server.closed;
          return refused(-32603)();
        },
      },
      { revisions: LEGACY },
    );
    expect(outcome).toBe(-32603);
    await closed;
  });
});
