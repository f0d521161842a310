import { describe, expect } from "vitest";
import { Malformed } from "../../src/jsonrpc/index.ts";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import { CHANNELS, BOTH_ERAS, everywhere, HTTP, inMemory, LEGACY } from "./bindings.ts";
import { turns } from "./rounds.ts";

/** Requests that are none, and whether their id can be read. */
const REQUESTS: readonly [object, boolean][] = [
  [{ jsonrpc: "1.0", id: "m", method: "ping" }, true],
  [{ id: "m", method: "ping" }, true],
  [{ jsonrpc: "2.0", id: "m", method: 5 }, true],
  [{ jsonrpc: "2.0", id: "m", method: "ping", params: "x" }, true],
  [{ jsonrpc: "2.0", id: "m", method: "ping", params: null }, true],
  [{ jsonrpc: "2.0", id: "m", method: "ping", result: {} }, true],
  [{ jsonrpc: "2.0", id: "m", method: "x".repeat(200) }, true],
  [{ jsonrpc: "2.0", id: null, method: "ping" }, false],
  [{ jsonrpc: "2.0", id: 1.5, method: "ping" }, false],
  [{ jsonrpc: "2.0", id: {}, method: "ping" }, false],
  [{ jsonrpc: "2.0", id: ["m"], method: "ping" }, false],
  [{ jsonrpc: "2.0", id: true, method: "ping" }, false],
  [{ jsonrpc: "2.0", id: "x".repeat(300), method: "ping" }, false],
];

describe("JRPC-1 and JRPC-2: messages to a server that are none", () => {
  everywhere(
    "are refused with -32600, under their id where it can be read, and the connection lives on",
    { bindings: [...CHANNELS, ...HTTP] },
    async (joint) => {
      const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
      // Revisions before 2025-11-25 have no error without an id, and there is no other way to say it.
      joint.tap.forgive((message) => "error" in message && (message as { id?: unknown }).id === undefined);
      joint.tap.forgive((message) => "error" in message && (message as { id?: unknown }).id === "m");
      for (const [message, readable] of REQUESTS) {
        const before = raw.received.length;
        raw.bad(message);
        await raw.settle();
        const answers = raw.received.slice(before, -1);
        expect([message, answers]).toEqual([
          message,
          [expect.objectContaining({ error: expect.objectContaining({ code: -32600 }) })],
        ]);
        expect((answers[0] as { id?: unknown }).id).toBe(readable ? "m" : undefined);
      }
      expect((await raw.request("tools/call", { name: "a" })).result).toMatchObject({ content: [{ text: "x" }] });
    },
  );

  everywhere(
    "JRPC-5: notifications that are none get no answer",
    { revisions: BOTH_ERAS, bindings: CHANNELS },
    async (joint) => {
      const raw = await joint.raw(joint.server());
      for (const params of ["x", 5, null, true]) {
        raw.bad({ jsonrpc: "2.0", method: "notifications/initialized", params });
      }
      raw.bad({ jsonrpc: "2.0", method: "x".repeat(200) });
      const before = raw.received.length;
      await raw.settle();
      expect(raw.received.slice(before, -1)).toEqual([]);
    },
  );

  everywhere(
    "T-60: responses that are none get no answer that could be taken for another's",
    { bindings: CHANNELS },
    async (joint) => {
      const server = joint.server().tool(
        "wait",
        {},
        () =>
          new Promise<string>((resolve) => {
            finish = resolve;
          }),
      );
      let finish: (text: string) => void = () => {};
      const raw = await joint.raw(server);
      raw.send(raw.compose("tools/call", { name: "wait" }, 500));
      for (const message of [
        { jsonrpc: "2.0", id: 500, result: {}, error: { code: 1, message: "" } },
        { jsonrpc: "2.0", id: 500, error: "x" },
        { jsonrpc: "2.0", id: 500, error: { code: "x", message: "" } },
        { jsonrpc: "2.0", id: 500 },
        { jsonrpc: "1.0", id: 500, result: {} },
        { jsonrpc: "2.0", id: 500, result: {} },
        { jsonrpc: "2.0", id: 501, error: { code: 1, message: "x" } },
      ]) {
        raw.bad(message);
      }
      await raw.settle();
      expect(raw.responses(500)).toEqual([]);
      finish("done");
      expect((await raw.response(500)).result).toMatchObject({ content: [{ text: "done" }] });
    },
  );

  inMemory("text that is no JSON is refused with -32700, without an id", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server());
    joint.tap.forgive((message) => "error" in message);
    for (const text of ["{", "nonsense", '{"jsonrpc":"2.0","id":1,"method":"ping"', "{'a':1}", "NaN"]) {
      const before = raw.received.length;
      raw.bad(text);
      await raw.settle();
      expect(raw.received.slice(before, -1)).toEqual([
        { jsonrpc: "2.0", error: expect.objectContaining({ code: -32700 }) },
      ]);
    }
    for (const text of ["5", '"x"', "null", "true"]) {
      const before = raw.received.length;
      raw.bad(text);
      await raw.settle();
      expect(raw.received.slice(before, -1)).toEqual([
        { jsonrpc: "2.0", error: expect.objectContaining({ code: -32600 }) },
      ]);
    }
  });

  inMemory("a member that stands twice is refused, since others may read the other one", REVISIONS, async (joint) => {
    const raw = await joint.raw(
      joint
        .server()
        .tool("a", {}, () => "a")
        .tool("b", {}, () => "b"),
    );
    const text = JSON.stringify(raw.compose("tools/call", { name: "a" }, "m")).replace(
      '"name":"a"',
      '"name":"a","name":"b"',
    );
    raw.bad(text);
    joint.tap.forgive((message) => "error" in message);
    expect((await raw.response("m")).error?.code).toBe(-32600);
  });

  inMemory("a message that nests without end is refused", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", { input: { type: "object" } }, () => "a"));
    const deep = `${'{"a":'.repeat(70)}1${"}".repeat(70)}`;
    raw.bad(
      JSON.stringify(raw.compose("tools/call", { name: "a", arguments: {} }, "m")).replace(
        '"arguments":{}',
        `"arguments":${deep}`,
      ),
    );
    joint.tap.forgive((message) => "error" in message);
    expect((await raw.response("m")).error).toMatchObject({ code: -32600, data: { limit: "depth" } });
  });
});

describe("JRPC-10: batches", () => {
  inMemory("are answered in revision 2025-03-26", ["2025-03-26"], async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    joint.tap.forgive(() => true);
    raw.bad(
      JSON.stringify([
        { jsonrpc: "2.0", id: "b1", method: "ping" },
        { jsonrpc: "2.0", method: "notifications/nonsense" },
        { jsonrpc: "2.0", id: "b2", method: "tools/call", params: { name: "a" } },
      ]),
    );
    await raw.settle();
    // The answers may come one by one, or in a batch of their own, which this end takes for no message.
    const answered = raw.received.filter(
      (message) => message instanceof Malformed || ("id" in message && `${message.id}`.startsWith("b")),
    );
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.some((message) => !(message instanceof Malformed) && "error" in message)).toBe(false);
  });

  inMemory("of nothing, within batches, and of the handshake are refused", ["2025-03-26"], async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    joint.tap.forgive(() => true);
    const ping = { jsonrpc: "2.0", id: "p", method: "ping" };
    const clientInfo = { name: "raw", version: "0" };
    const params = { protocolVersion: joint.revision, capabilities: {}, clientInfo };
    for (const batch of [
      [],
      [[]],
      [5, null],
      [{ ...ping, method: "initialize", params }],
      Array.from({ length: 5000 }, () => ping),
    ]) {
      const before = raw.received.length;
      raw.bad(JSON.stringify(batch));
      await raw.settle();
      await turns(10);
      const answers = raw.received.slice(before).filter((message) => !("result" in message));
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.every((message) => "error" in message && message.error !== undefined)).toBe(true);
    }
    const unopened = joint.rawUnopened(joint.server());
    joint.tap.forgive(() => true);
    unopened.bad(JSON.stringify([{ ...ping, method: "initialize", params }]));
    await unopened.open();
    expect(unopened.responses("p")).toEqual([]);
  });

  inMemory(
    "are refused with -32600 in every other",
    REVISIONS.filter((revision) => revision !== "2025-03-26"),
    async (joint) => {
      const raw = await joint.raw(joint.server());
      joint.tap.forgive((message) => "error" in message);
      raw.bad(JSON.stringify([{ jsonrpc: "2.0", id: "b1", method: "ping" }]));
      raw.bad("[]");
      await raw.settle();
      const answers = raw.received.filter((message) => "error" in message);
      const refused = { jsonrpc: "2.0", error: expect.objectContaining({ code: -32600 }) };
      expect(answers).toEqual([refused, refused]);
    },
  );
});

describe("messages to a client that are none", () => {
  inMemory("a response that is none ends its request at once", BOTH_ERAS, async (joint) => {
    const answers = [
      { error: "x" },
      { error: { code: "x", message: "y" } },
      { error: { code: 1.5, message: "y" } },
      { error: { code: 1 } },
      { error: null },
      { result: {}, error: { code: 1, message: "" } },
      {},
    ];
    const { client } = await joint.connectTo({
      "tools/call": (_params, { id }, server) => server.bad({ jsonrpc: "2.0", id, ...answers.shift() }),
    });
    while (answers.length > 0) {
      await expect(client.callTool("a", {}, { timeout: 400 })).rejects.toMatchObject({ code: "invalid_response" });
    }
  });

  inMemory("a result that is no object is an invalid response", BOTH_ERAS, async (joint) => {
    const results: unknown[] = [null, [], "x", 5, true, { content: "x" }];
    const { client } = await joint.connectTo({
      "tools/call": (_params, { id }, server) => server.bad({ jsonrpc: "2.0", id, result: results.shift() }),
    });
    while (results.length > 0) {
      await expect(client.callTool("a")).rejects.toMatchObject({ name: "LocalError", code: "invalid_response" });
    }
  });

  everywhere(
    "JRPC-2: an error without an id, and answers to nothing, are told and survived",
    { revisions: LEGACY, bindings: CHANNELS },
    async (joint) => {
      const { client, server } = await joint.connectTo({});
      server.tap.forgive((message) => !("method" in message));
      server.send({ jsonrpc: "2.0", error: { code: -32600, message: "what?" } });
      server.send({ jsonrpc: "2.0", id: null as never, error: { code: -32600, message: "what?" } });
      server.send({ jsonrpc: "2.0", id: 999, result: {} });
      server.send({ jsonrpc: "2.0", id: "1", result: {} });
      await client.ping();
      expect(joint.warnings.length).toBeGreaterThanOrEqual(4);
    },
  );

  inMemory("garbage is told and survived", REVISIONS, async (joint) => {
    const { client, server } = await joint.connectTo({});
    for (const text of ["Listening on port 3000", "{", "[]", "5"]) server.bad(text);
    await client.ping();
    expect(joint.warnings).toHaveLength(4);
    expect(server.received.filter((message) => "error" in message)).toEqual([]);
  });

  inMemory("JRPC-2: an id of another type answers another request", BOTH_ERAS, async (joint) => {
    const { client, server } = await joint.connectTo({ "tools/call": () => undefined });
    const call = client.callTool("a");
    const { id } = await server.asked("tools/call");
    const result = { content: [], ...(isModern(joint.revision) ? { resultType: "complete" } : {}) };
    server.bad({ jsonrpc: "2.0", id: `${id}`, result: { ...result, content: [{ type: "text", text: "wrong" }] } });
    server.answer(id, result);
    expect((await call).content).toEqual([]);
  });

  inMemory("an error of the peer is typed by its code", BOTH_ERAS, async (joint) => {
    const codes = [-32700, -32600, -32601, -32602, -32603, -32002, -32000, 1, -1, 4711];
    const names = [
      "ParseError",
      "InvalidRequestError",
      "MethodNotFoundError",
      "InvalidParamsError",
      "InternalError",
      "ResourceNotFoundError",
    ];
    const asked = [...codes];
    const { client, server } = await joint.connectTo({
      "tools/call": () => ({ error: { code: asked.shift(), message: "said", data: { a: 1 } } }),
    });
    server.tap.forgive((message) => "error" in message);
    for (const [at, code] of codes.entries()) {
      const failure = await client.callTool("a").catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: names[at] ?? "ProtocolError", code, message: "said", data: { a: 1 } });
    }
  });
});
