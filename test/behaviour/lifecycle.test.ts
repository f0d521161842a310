import { describe, expect } from "vitest";
import { LocalError, MethodNotFoundError, UnsupportedProtocolVersionError } from "../../src/errors.ts";
import type { Request } from "../../src/jsonrpc/index.ts";
import { LATEST_LEGACY_REVISION } from "../../src/protocol/index.ts";
import { everywhere, inMemory, LEGACY, MODERN, since } from "./bindings.ts";

const initialize = (protocolVersion: string) => ({
  protocolVersion,
  capabilities: {},
  clientInfo: { name: "raw", version: "0" },
});

describe("LIFE-1: initialize comes first", () => {
  everywhere("both sides agree on a revision and know one another", { remembers: true }, async (joint) => {
    const server = joint
      .server({ instructions: "Use it well." })
      .tool("a", {}, (_, { client }) => JSON.stringify(client.info));
    const client = await joint.connect(server, { info: { name: "tester", version: "9" } });
    expect(client.version).toBe(joint.revision);
    expect(client.server.info).toMatchObject({ name: "test-server", version: "1.2.3" });
    expect(client.server.instructions).toBe("Use it well.");
    expect(client.server.capabilities.tools).toEqual({ listChanged: true });
    expect(JSON.parse(await client.call("a"))).toMatchObject({ name: "tester", version: "9" });
    const methods = joint.tap.from("client").map((message) => "method" in message && message.method);
    expect(methods.slice(0, 2)).toEqual(
      LEGACY.includes(joint.revision) ? ["initialize", "notifications/initialized"] : ["server/discover", "tools/call"],
    );
  });

  inMemory("the client sends the latest revision that it has switched on", LEGACY, async (joint) => {
    await joint.connect(joint.server());
    const [opening] = joint.tap.from("client") as Request[];
    expect(opening?.method).toBe("initialize");
    expect(opening?.params?.["protocolVersion"]).toBe(joint.revision);
  });

  inMemory(
    "the server echoes a revision that it speaks, and counters with its latest otherwise",
    LEGACY,
    async (joint) => {
      for (const [asked, answered] of [
        [joint.revision, joint.revision],
        ["1999-01-01", LATEST_LEGACY_REVISION],
        ["2027-01-01", LATEST_LEGACY_REVISION],
        ["", LATEST_LEGACY_REVISION],
      ] as const) {
        const raw = joint.rawUnopened(joint.server());
        const { result } = await raw.request("initialize", initialize(asked));
        expect(result).toMatchObject({ protocolVersion: answered });
      }
    },
  );

  inMemory(
    "T-5: initialize that asks for a stateless revision is countered with an older one",
    MODERN,
    async (joint) => {
      const raw = joint.rawUnopened(joint.server());
      const { result } = await raw.request("initialize", initialize(joint.revision), { plain: true });
      expect(result).toMatchObject({ protocolVersion: LATEST_LEGACY_REVISION });
    },
  );

  inMemory("the server counters with its latest among those switched on", ["2025-03-26"], async (joint) => {
    const server = joint.server({ revisions: ["2024-11-05", "2025-03-26"] });
    const raw = joint.rawUnopened(server);
    const { result } = await raw.request("initialize", initialize("2025-11-25"));
    expect(result).toMatchObject({ protocolVersion: "2025-03-26" });
  });

  inMemory("the client disconnects from a server whose revision it does not speak", LEGACY, async (joint) => {
    const serverInfo = { name: "other", version: "0" };
    const answer = { protocolVersion: "1999-01-01", capabilities: {}, serverInfo };
    const failed = joint.connectTo({ initialize: () => answer });
    await expect(failed).rejects.toMatchObject({ code: "no_common_version", data: { supported: ["1999-01-01"] } });
    await expect(failed).rejects.toBeInstanceOf(LocalError);
    expect(joint.tap.from("client", "notifications/initialized")).toEqual([]);
  });

  inMemory("an answer to initialize that is none fails the connection", LEGACY, async (joint) => {
    const failed = joint.connectTo({
      initialize: (_, request) => {
        joint.tap.excuseOnly(JSON.stringify({ jsonrpc: "2.0", id: request.id, result: { capabilities: {} } }));
        return { capabilities: {} };
      },
    });
    await expect(failed).rejects.toMatchObject({ code: "invalid_response" });
  });

  inMemory("parameters of initialize that are none are refused with -32602", LEGACY, async (joint) => {
    const raw = joint.rawUnopened(joint.server());
    const error = await raw.refused("initialize", { protocolVersion: joint.revision }, { bad: true });
    expect(error.code).toBe(-32602);
    await raw.open();
    expect((await raw.request("ping")).result).toEqual({});
  });

  inMemory("a second initialize is refused, and the conversation goes on", LEGACY, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    expect((await raw.refused("initialize", initialize(joint.revision))).code).toBe(-32600);
    expect((await raw.request("tools/list")).result).toMatchObject({ tools: [{ name: "a" }] });
  });
});

describe("LIFE-2: before and after the handshake", () => {
  inMemory("notifications/initialized follows the result", LEGACY, async (joint) => {
    await joint.connect(joint.server());
    const said = joint.tap.heard.map(({ from, message }) => [from, "method" in message ? message.method : "answer"]);
    expect(said.slice(0, 3)).toEqual([
      ["client", "initialize"],
      ["server", "answer"],
      ["client", "notifications/initialized"],
    ]);
  });

  inMemory("before the handshake pings are answered and everything else is refused", LEGACY, async (joint) => {
    const raw = joint.rawUnopened(joint.server().tool("a", {}, () => "x"));
    expect((await raw.request("ping")).result).toEqual({});
    for (const method of ["tools/list", "tools/call", "prompts/list"]) {
      expect((await raw.refused(method, { name: "a" })).code).toBe(-32600);
    }
    await raw.open();
    expect((await raw.request("tools/call", { name: "a" })).result).toMatchObject({ content: [{ text: "x" }] });
  });

  inMemory("before notifications/initialized the server tells of no change", LEGACY, async (joint) => {
    const server = joint.server().tool("a", {}, () => "x");
    const raw = joint.rawUnopened(server);
    await raw.request("initialize", initialize(joint.revision));
    server.tool("b", {}, () => "x");
    await raw.settle();
    expect(raw.received.filter((message) => "method" in message)).toEqual([]);
    raw.notify("notifications/initialized");
    await raw.settle();
    server.tool("c", {}, () => "x");
    await raw.notifications("notifications/tools/list_changed");
  });

  inMemory("the client answers pings while it opens the conversation", LEGACY, async (joint) => {
    let pong: unknown;
    await joint.connectTo({
      initialize: (_, { id }, server) => {
        server.send({ jsonrpc: "2.0", id: "p", method: "ping" });
        void server
          .next((message) => !("method" in message) && message.id === "p")
          .then((answer) => {
            pong = answer;
            const serverInfo = { name: "raw", version: "0" };
            server.answer(id, { protocolVersion: joint.revision, capabilities: {}, serverInfo });
          });
      },
    });
    expect(pong).toEqual({ jsonrpc: "2.0", id: "p", result: {} });
  });
});

describe("LIFE-3: only what was negotiated is used", () => {
  everywhere(
    "a method behind a capability that the server did not declare fails before it is sent",
    {},
    async (joint) => {
      const client = await joint.connect(joint.server());
      for (const attempt of [
        client.callTool("a"),
        client.readResource("a:b"),
        client.getPrompt("a"),
        client.request("tools/list", {}),
      ]) {
        await expect(attempt).rejects.toMatchObject({ name: "LocalError", code: "not_supported" });
      }
      const sent = joint.tap.from("client").flatMap((message) => ("method" in message ? [message.method] : []));
      expect(sent).not.toContain("tools/call");
      expect(sent).not.toContain("resources/read");
    },
  );

  everywhere("JRPC-9: the server answers -32601 behind a capability that it does not declare", {}, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    for (const [method, params] of [
      ["resources/list", {}],
      ["prompts/get", { name: "x" }],
    ] as const) {
      expect((await raw.refused(method, params)).code).toBe(-32601);
    }
  });

  inMemory(
    "lists of what the server does not have are empty, without a request",
    [...LEGACY, ...MODERN],
    async (joint) => {
      const client = await joint.connect(joint.server());
      for await (const _ of client.tools()) expect.unreachable();
      for await (const _ of client.prompts()) expect.unreachable();
      for await (const _ of client.resources()) expect.unreachable();
      expect(joint.tap.from("client", "tools/list")).toEqual([]);
    },
  );

  inMemory("completion needs its capability since 2025-03-26", since("2025-03-26"), async (joint) => {
    const serverInfo = { name: "raw", version: "0" };
    const capabilities = { prompts: {} };
    const { client } = await joint.connectTo({
      initialize: () => ({ protocolVersion: joint.revision, capabilities, serverInfo }),
      "server/discover": () => ({
        supportedVersions: [joint.revision],
        capabilities,
        ttlMs: 0,
        cacheScope: "private",
      }),
      "completion/complete": () => ({ completion: { values: [] } }),
    });
    const attempt = client.complete({ ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "" } });
    await expect(attempt).rejects.toMatchObject({ code: "not_supported" });
  });

  inMemory("completion needed no capability in 2024-11-05", ["2024-11-05"], async (joint) => {
    const serverInfo = { name: "raw", version: "0" };
    const { client } = await joint.connectTo({
      initialize: () => ({ protocolVersion: joint.revision, capabilities: { prompts: {} }, serverInfo }),
      "completion/complete": () => ({ completion: { values: ["x"] } }),
    });
    const ref = { type: "ref/prompt", name: "p" } as const;
    expect((await client.complete({ ref, argument: { name: "a", value: "" } })).values).toEqual(["x"]);
  });
});

describe("VER-7: a server without older revisions", () => {
  inMemory("names the supported versions in the error to initialize", MODERN, async (joint) => {
    const raw = joint.rawUnopened(joint.server({ revisions: MODERN }));
    for (const params of [initialize("2025-11-25"), initialize("2026-07-28")]) {
      const error = await raw.refused("initialize", params, { plain: true });
      expect(error).toMatchObject({ code: -32022, data: { supported: MODERN, requested: params.protocolVersion } });
    }
  });

  inMemory("is reported to a client of older revisions by its own error", LEGACY, async (joint) => {
    const failed = joint.connect(joint.server({ revisions: MODERN }));
    await expect(failed).rejects.toBeInstanceOf(UnsupportedProtocolVersionError);
  });
});

describe("unknown methods", () => {
  everywhere("JRPC-9: a method that the revision does not have is answered with -32601", {}, async (joint) => {
    const raw = await joint.raw(
      joint
        .server()
        .tool("a", {}, () => "x")
        .resource("a:b", () => "c"),
    );
    const others = LEGACY.includes(joint.revision)
      ? ["server/discover", "subscriptions/listen"]
      : ["ping", "logging/setLevel", "resources/subscribe", "initialize"];
    for (const method of [...others, "tools/uncall", "__proto__", "constructor", "toString", ""]) {
      expect([method, (await raw.refused(method, {}, { bad: true })).code]).toEqual([method, -32601]);
    }
  });

  everywhere("the client throws a MethodNotFoundError", {}, async (joint) => {
    const client = await joint.connect(joint.server());
    joint.tap.excuse("tools/uncall", (message) => "method" in message && message.method === "tools/uncall");
    await expect(client.request("tools/uncall", {})).rejects.toBeInstanceOf(MethodNotFoundError);
  });

  everywhere("JRPC-5: an unknown notification gets no answer", {}, async (joint) => {
    const raw = await joint.raw(joint.server());
    raw.bad({ jsonrpc: "2.0", method: "notifications/nonsense", params: { a: 1 } });
    await raw.settle();
    expect(raw.received.filter((message) => "error" in message)).toEqual([]);
  });
});
