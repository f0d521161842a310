import { describe, expect } from "vitest";
import { limits } from "../../src/limits.ts";
import type { Request } from "../../src/jsonrpc/index.ts";
import { BOTH_ERAS, everywhere, inMemory } from "./bindings.ts";

describe("many requests at once", () => {
  everywhere(
    "are all answered, each with its own answer, in whatever order they end",
    { revisions: BOTH_ERAS },
    async (joint) => {
      const server = joint.server().tool("echo", { input: { type: "object" } }, async (input) => {
        const { n } = input as { n: number };
        for (let at = 0; at < (n * 7) % 13; at++) await Promise.resolve();
        return `${n}`;
      });
      const client = await joint.connect(server);
      const numbers = Array.from({ length: 600 }, (_, at) => at);
      expect(await Promise.all(numbers.map((n) => client.call("echo", { n })))).toEqual(numbers.map(String));
    },
  );

  everywhere(
    "over several connections stay apart, although their ids are the same",
    { revisions: BOTH_ERAS, remembers: true },
    async (joint) => {
      const server = joint.server().tool("who", {}, (_, { client }) => `${client.info?.name}`);
      const clients = await Promise.all(
        ["a", "b", "c"].map((name) => joint.connect(server, { info: { name, version: "1" } })),
      );
      const answers = await Promise.all(clients.flatMap((client) => [client.call("who"), client.call("who")]));
      expect(answers).toEqual(["a", "a", "b", "b", "c", "c"]);
    },
  );

  inMemory("run at most so many at once; the others wait for their turn", BOTH_ERAS, async (joint) => {
    const finish: (() => void)[] = [];
    const server = joint
      .server()
      .tool("wait", {}, () => new Promise<string>((resolve) => finish.push(() => resolve("x"))));
    const raw = await joint.raw(server);
    for (let at = 0; at < limits.inFlight + 3; at++) raw.send(raw.compose("tools/call", { name: "wait" }, `w${at}`));
    for (let at = 0; at < 50; at++) await Promise.resolve();
    expect(finish).toHaveLength(limits.inFlight);
    // One that waits can be taken back, without ever starting.
    raw.notify("notifications/cancelled", { requestId: `w${limits.inFlight + 1}` });
    finish[0]?.();
    await raw.response("w0");
    for (let at = 0; at < 50; at++) await Promise.resolve();
    expect(finish).toHaveLength(limits.inFlight + 1);
    for (const end of finish) end();
    await raw.response(`w${limits.inFlight}`);
    for (let at = 0; at < 50; at++) await Promise.resolve();
    for (const end of finish) end();
    await raw.response(`w${limits.inFlight + 2}`);
    expect(finish).toHaveLength(limits.inFlight + 2);
    expect(raw.responses(`w${limits.inFlight + 1}`)).toEqual([]);
  });

  inMemory("beyond the queue are refused with -32603 and the name of the limit", BOTH_ERAS, async (joint) => {
    const finish: (() => void)[] = [];
    const server = joint
      .server()
      .tool("wait", {}, () => new Promise<string>((resolve) => finish.push(() => resolve("x"))));
    const raw = await joint.raw(server);
    const most = limits.inFlight + limits.queued;
    for (let at = 0; at <= most; at++) raw.send(raw.compose("tools/call", { name: "wait" }, `w${at}`));
    expect((await raw.response(`w${most}`)).error).toMatchObject({ code: -32603, data: { limit: expect.any(String) } });
    expect(raw.received.filter((message) => "error" in message)).toHaveLength(1);
    for (let at = 0; at < 30; at++) {
      for (const end of finish) end();
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    }
    expect(raw.responses(`w${most - 1}`)).toHaveLength(1);
    expect(finish).toHaveLength(most);
  });

  inMemory("beyond a client's own limit are rejected before they are sent", BOTH_ERAS, async (joint) => {
    const { client, server } = await joint.connectTo({ "tools/call": () => undefined });
    const calls = Array.from({ length: limits.pending + 1 }, () =>
      client.callTool("a").catch((error: unknown) => error),
    );
    expect(await calls.at(-1)).toMatchObject({ name: "LocalError", code: "limit", data: { limit: "pending" } });
    await server.asked("tools/call");
    expect(joint.tap.from("client", "tools/call")).toHaveLength(limits.pending);
    for (const message of [...server.received]) {
      if ("method" in message && message.method === "tools/call")
        server.answer((message as Request).id, { content: [] });
    }
    await Promise.all(calls);
    await client.ping();
  });
});
