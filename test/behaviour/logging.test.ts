import { describe, expect } from "vitest";
import { type LoggingLevel, type LoggingMessageNotificationParams, REVISIONS } from "../../src/protocol/index.ts";
import type { Server } from "../../src/server/index.ts";
import { CHANNELS, everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import type { Joint } from "./joint.ts";

const LEVELS: readonly LoggingLevel[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** A server with a tool that says something at every level. */
const chatty = (joint: Joint): Server =>
  joint.server().tool("talk", {}, async (_, context) => {
    for (const level of LEVELS) await context.log(level, { at: level }, "talker");
    return "done";
  });

describe("LOG-1: log messages", () => {
  everywhere(
    "of a request come to who asked for them, from its level up, before the answer",
    { revisions: MODERN },
    async (joint) => {
      const heard: LoggingMessageNotificationParams[] = [];
      const on = { "notifications/message": (message: LoggingMessageNotificationParams) => void heard.push(message) };
      const client = await joint.connect(chatty(joint), { logLevel: "error", on });
      expect(await client.call("talk")).toBe("done");
      expect(heard).toEqual(
        ["error", "critical", "alert", "emergency"].map((level) => ({ level, logger: "talker", data: { at: level } })),
      );
    },
  );

  everywhere("T-62: of a request without a level are not sent", { revisions: MODERN }, async (joint) => {
    const client = await joint.connect(chatty(joint));
    await client.call("talk");
    expect(joint.tap.from("server", "notifications/message")).toEqual([]);
  });

  inMemory("follow the level of each request, not of an earlier one", MODERN, async (joint) => {
    const raw = await joint.raw(chatty(joint));
    const count = async (level: string | undefined): Promise<number> => {
      const before = joint.tap.from("server", "notifications/message").length;
      const _meta = level === undefined ? {} : { "io.modelcontextprotocol/logLevel": level };
      await raw.request("tools/call", { name: "talk", _meta });
      return joint.tap.from("server", "notifications/message").length - before;
    };
    expect([await count("debug"), await count("emergency"), await count(undefined), await count("warning")]).toEqual([
      8, 1, 0, 5,
    ]);
  });

  everywhere("of a session follow logging/setLevel", { revisions: LEGACY, remembers: true }, async (joint) => {
    const heard: unknown[] = [];
    const on = { "notifications/message": ({ level }: LoggingMessageNotificationParams) => void heard.push(level) };
    const client = await joint.connect(chatty(joint), { on });
    await client.setLogLevel("alert");
    await client.call("talk");
    expect(heard).toEqual(["alert", "emergency"]);
    await client.setLogLevel("debug");
    await client.call("talk");
    expect(heard).toHaveLength(10);
  });

  inMemory("of one session do not follow the level of another", LEGACY, async (joint) => {
    const server = chatty(joint);
    const [one, other] = [await joint.raw(server), await joint.raw(server)];
    await one.request("logging/setLevel", { level: "debug" });
    await other.request("logging/setLevel", { level: "emergency" });
    await one.request("tools/call", { name: "talk" });
    await other.request("tools/call", { name: "talk" });
    expect(joint.taps.map((tap) => tap.from("server", "notifications/message").length)).toEqual([8, 1]);
  });

  inMemory("an unknown level is -32602", LEGACY, async (joint) => {
    const raw = await joint.raw(chatty(joint));
    for (const level of ["loud", "", "Debug", "__proto__", 5, null, undefined]) {
      expect((await raw.refused("logging/setLevel", { level }, { bad: true })).code).toBe(-32602);
    }
  });

  inMemory("the server declares that it may send them", REVISIONS, async (joint) => {
    const client = await joint.connect(joint.server());
    expect(client.server.capabilities.logging).toEqual({});
  });

  inMemory("setLogLevel says what to do instead where it does not exist", MODERN, async (joint) => {
    const client = await joint.connect(joint.server());
    await expect(client.setLogLevel("debug")).rejects.toMatchObject({ name: "LocalError", code: "not_supported" });
  });

  inMemory("of a stranger that are none are not handed on", REVISIONS, async (joint) => {
    const heard: unknown[] = [];
    const on = { "notifications/message": (message: unknown) => void heard.push(message) };
    const { client, server } = await joint.connectTo({}, { on, logLevel: "debug" });
    for (const params of [{ level: "loud", data: 1 }, { level: "info" }, { data: 1 }, { level: 5, data: 1 }]) {
      server.bad({ jsonrpc: "2.0", method: "notifications/message", params });
    }
    await client.ping();
    expect(heard).toEqual([]);
  });
});

describe("PING-1: pings", () => {
  everywhere("are answered by the server with nothing", { revisions: LEGACY }, async (joint) => {
    const raw = await joint.raw(joint.server());
    expect((await raw.request("ping")).result).toEqual({});
    expect((await raw.request("ping", { _meta: { "example.com/a": 1 } })).result).toEqual({});
  });

  everywhere("are answered by the client with nothing", { revisions: LEGACY, bindings: CHANNELS }, async (joint) => {
    const { server } = await joint.connectTo({});
    server.send({ jsonrpc: "2.0", id: 0, method: "ping" });
    expect(await server.next((message) => !("method" in message))).toEqual({ jsonrpc: "2.0", id: 0, result: {} });
  });

  everywhere("of a client work in every revision, although the newest has none", {}, async (joint) => {
    const client = await joint.connect(joint.server());
    await client.ping();
    expect(joint.tap.from("client", LEGACY.includes(joint.revision) ? "ping" : "server/discover")).not.toEqual([]);
  });

  everywhere(
    "STDIO-3: requests of a server get no response where servers may not ask",
    { revisions: MODERN, bindings: CHANNELS },
    async (joint) => {
      const { client, server } = await joint.connectTo({}, { on: { "roots/list": () => ({ roots: [] }) } });
      for (const method of ["ping", "roots/list", "nonsense"]) server.bad({ jsonrpc: "2.0", id: method, method });
      await client.ping();
      expect(server.received.filter((message) => !("method" in message))).toEqual([]);
      expect(joint.warnings).not.toEqual([]);
    },
  );
});

describe("a listener of a client that throws", () => {
  everywhere("costs neither the answer nor the connection", {}, async (joint) => {
    const fail = (): never => {
      throw new Error("mine");
    };
    const on = { "notifications/message": fail, "notifications/tools/list_changed": fail };
    const server = chatty(joint);
    const client = await joint.connect(server, { on, logLevel: "debug" });
    expect(await client.call("talk")).toBe("done");
    server.tool("b", {}, () => "x");
    await client.ping();
    expect(joint.warnings).not.toEqual([]);
  });

  everywhere("costs no more where it fails later", {}, async (joint) => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    try {
      const mine = new Error("mine");
      const fail = (() => Promise.reject(mine)) as () => never;
      const server = joint.server().tool("talk", {}, async (_, context) => {
        await context.log("info", "x");
        await context.progress(1);
        return "done";
      });
      const client = await joint.connect(server, { on: { "notifications/message": fail }, logLevel: "debug" });
      expect(await client.call("talk", {}, { onProgress: fail })).toBe("done");
      await new Promise(setImmediate);
      expect(unhandled).toEqual([]);
      expect(joint.warnings.flat().filter((problem) => problem === mine)).toHaveLength(2);
    } finally {
      process.off("unhandledRejection", hear);
    }
  });
});
