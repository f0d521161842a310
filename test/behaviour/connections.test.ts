import { describe, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { peer } from "../../src/jsonrpc/channels/index.ts";
import { BOTH_ERAS, MEMORY } from "./bindings.ts";
import { serve, Server } from "../../src/server/index.ts";
import { channelPair } from "./channel-pair.ts";
import { Joint } from "./joint.ts";

const make = (): Server =>
  new Server({ name: "n", version: "1" }).tool("a", {}, () => "x").tool("big", {}, () => "x".repeat(300_000));

const streams = () => {
  const up = new TransformStream<Uint8Array, Uint8Array>();
  const down = new TransformStream<Uint8Array, Uint8Array>();
  return [
    { readable: down.readable, writable: up.writable },
    { readable: up.readable, writable: down.writable },
  ] as const;
};

describe("what can be connected", () => {
  it.each(BOTH_ERAS)("a pair of web streams, on both sides, without more words [%s]", async (revision) => {
    const [here, there] = streams();
    const serving = serve(make(), there);
    const client = await Client.connect(here, { revisions: [revision] });
    expect(await client.call("a")).toBe("x");
    expect(((await client.call("big")) as string).length).toBe(300_000);
    await client.close();
    expect(await serving.closed).toMatchObject({ kind: expect.stringMatching(/end|closed/) });
  });

  it.each(BOTH_ERAS)("a transport, on both sides [%s]", async (revision) => {
    const { client: here, server: there } = channelPair();
    const server = make();
    const serving = serve(server, peer(there));
    const client = await Client.connect(peer(here), { revisions: [revision] });
    expect(await client.call("a")).toBe("x");
    const subscription = await client.listen({ toolsListChanged: true });
    await client.ping();
    server.tool("b", {}, () => "x");
    expect((await subscription[Symbol.asyncIterator]().next()).value).toEqual({ type: "tools" });
    await client.close();
    await serving.closed;
  });

  it("SUB: transports have a share of subscriptions each", async () => {
    const server = make();
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { client: here, server: there } = channelPair();
        serve(server, peer(there));
        return Client.connect(here);
      }),
    );
    const subscriptions = await Promise.all(clients.map((client) => client.listen({ toolsListChanged: true })));
    expect(subscriptions).toHaveLength(20);
    for (const client of clients) await client.close();
  });

  it.each(BOTH_ERAS)("and disposed of [%s]", async (revision) => {
    const joint = new Joint(MEMORY[0] as (typeof MEMORY)[number], revision);
    const client = await joint.connect(make());
    await client[Symbol.asyncDispose]();
    expect(await client.closed).toEqual({ kind: "closed" });
    const { client: here, server: there } = channelPair();
    const serving = serve(make(), there);
    const other = await Client.connect(here);
    await serving[Symbol.asyncDispose]();
    expect(await other.closed).toEqual({ kind: "closed" });
    await joint.close();
  });

  it("a stream that breaks is an error that says how", async () => {
    const [here, there] = streams();
    serve(make(), there, { graceTimeout: 10 });
    const broken = new TransformStream<Uint8Array, Uint8Array>();
    const writer = broken.writable.getWriter();
    const reading = here.readable.pipeTo(
      new WritableStream({
        write: (chunk) => writer.write(chunk),
      }),
    );
    void reading.catch(() => {});
    const client = await Client.connect({ readable: broken.readable, writable: here.writable });
    const call = client
      .listen({ toolsListChanged: true })
      .then((subscription) => subscription[Symbol.asyncIterator]().next());
    const lost = call.catch((error: unknown) => error);
    await client.ping();
    await writer.abort(new Error("the cable was cut"));
    expect(await lost).toMatchObject({ name: "LocalError", code: "closed" });
    expect(await client.closed).toMatchObject({
      kind: "error",
      error: expect.objectContaining({ message: "the cable was cut" }),
    });
  });
});
