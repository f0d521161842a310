import { describe, expect, it } from "vitest";
import { memory } from "../../src/transports/index.ts";
import { carriesConversations, inboxOf } from "./conversation.ts";

carriesConversations("memory", async () => {
  const [client, server] = memory();
  return { client, server };
});

describe("memory", () => {
  it("shares nothing between the two sides", async () => {
    const [here, there] = memory();
    const inbox = inboxOf(there);
    const params = { list: [1, { deep: true }] };
    void here.send({ jsonrpc: "2.0", method: "notifications/x", params });
    params.list.push(2);
    expect(await inbox.next()).toEqual({
      jsonrpc: "2.0",
      method: "notifications/x",
      params: { list: [1, { deep: true }] },
    });
  });

  it("delivers what came before anybody listened, and what was sent before it closed", async () => {
    const [here, there] = memory();
    void here.send({ jsonrpc: "2.0", method: "notifications/a" });
    const inbox = inboxOf(there);
    void here.send({ jsonrpc: "2.0", method: "notifications/b" });
    await here.close();
    void here.send({ jsonrpc: "2.0", method: "notifications/c" });
    expect(await inbox.next()).toMatchObject({ method: "notifications/a" });
    expect(await inbox.next()).toMatchObject({ method: "notifications/b" });
    expect(await there.closed).toEqual({ kind: "closed" });
    expect(await here.closed).toEqual({ kind: "closed" });
  });

  it("refuses a request that is no JSON, and answers for a result that is none (REL-51)", async () => {
    const [here, there] = memory();
    const inbox = inboxOf(there);
    expect(() => here.send({ jsonrpc: "2.0", id: 1, method: "x", params: { big: 1n } })).toThrow(TypeError);
    void here.send({ jsonrpc: "2.0", id: 1, result: { big: 1n } });
    expect(await inbox.next()).toMatchObject({ id: 1, error: { code: -32603 } });
  });
});
