import { connect, createServer, type Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { limits } from "../../src/limits.ts";
import { type ByteStreams, fromStreams } from "../../src/transports/index.ts";
import { carriesConversations, Inbox, inboxOf, survivesNoise } from "./conversation.ts";

/** Two sockets that are connected, over loopback TCP or a unix socket. */
async function sockets(where: { port: number; host: string } | { path: string }): Promise<[Socket, Socket]> {
  const listener = createServer().listen(where);
  await once(listener, "listening");
  const address = listener.address();
  const client = typeof address === "object" ? connect(address?.port ?? 0, address?.address ?? "") : connect(address);
  const [[server]] = await Promise.all([once(listener, "connection") as Promise<[Socket]>, once(client, "connect")]);
  listener.close();
  return [client, server];
}

const overTcp = (): Promise<[Socket, Socket]> => sockets({ port: 0, host: "127.0.0.1" });

async function overUnix(): Promise<{ ends: [Socket, Socket]; release: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "mcplex-"));
  const ends = await sockets({ path: join(folder, "s") });
  return { ends, release: () => rm(folder, { recursive: true }) };
}

/** Two ends of a pair of web byte streams. */
function webEnds(): [ByteStreams, ByteStreams] {
  const up = new TransformStream<Uint8Array, Uint8Array>();
  const down = new TransformStream<Uint8Array, Uint8Array>();
  return [
    { readable: down.readable, writable: up.writable },
    { readable: up.readable, writable: down.writable },
  ];
}

/** Lines from a stream of bytes, parsed. */
function lines(): { inbox: Inbox<unknown>; push: (chunk: Uint8Array) => void } {
  const inbox = new Inbox<unknown>();
  const decoder = new TextDecoder();
  let rest = "";
  const push = (chunk: Uint8Array): void => {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() as string;
    for (const line of parts) inbox.put(JSON.parse(line));
  };
  return { inbox, push };
}

carriesConversations("a TCP socket", async () => {
  const [client, server] = await overTcp();
  return { client: fromStreams(client), server: fromStreams(server) };
});

carriesConversations("a unix socket", async () => {
  const { ends, release } = await overUnix();
  return { client: fromStreams(ends[0]), server: fromStreams(ends[1]), release };
});

carriesConversations("a pair of web streams", async () => {
  const [client, server] = webEnds();
  return { client: fromStreams(client), server: fromStreams(server) };
});

carriesConversations("a pair of Node streams", async () => {
  const [up, down] = [new PassThrough(), new PassThrough()];
  return {
    client: fromStreams({ readable: down, writable: up }),
    server: fromStreams({ readable: up, writable: down }),
  };
});

carriesConversations("a socket as web streams", async () => {
  const [client, server] = await overTcp();
  return { client: fromStreams(Duplex.toWeb(client)), server: fromStreams(server) };
});

survivesNoise("a socket", async () => {
  const [client, server] = await overTcp();
  const { inbox, push } = lines();
  client.on("data", push);
  return {
    server: fromStreams(server),
    write: (line) => client.write(`${line}\n`),
    read: () => inbox.next(),
    release: () => client.destroy(),
  };
});

survivesNoise("a pair of web streams", async () => {
  const [raw, server] = webEnds() as [{ readable: ReadableStream<Uint8Array>; writable: WritableStream }, ByteStreams];
  const { inbox, push } = lines();
  void raw.readable.pipeTo(new WritableStream({ write: push })).catch(() => {});
  const writer = raw.writable.getWriter();
  const encoder = new TextEncoder();
  return {
    server: fromStreams(server),
    write: (line) => void writer.write(encoder.encode(`${line}\n`)),
    read: () => inbox.next(),
  };
});

describe("fromStreams", () => {
  it("lets go of a socket that it closes, and of one that the other side closed", async () => {
    const [client, server] = await overTcp();
    const closed = Promise.all([once(client, "close"), once(server, "close")]);
    const [here, there] = [fromStreams(client), fromStreams(server)];
    here.receive(() => {});
    there.receive(() => {});
    await here.close();
    expect(await there.closed).toEqual({ kind: "end" });
    await there.close();
    await closed;
  });

  it("says how a connection broke", async () => {
    const [client, server] = await overTcp();
    const channel = fromStreams(server);
    channel.receive(() => {});
    client.resetAndDestroy();
    expect(await channel.closed).toMatchObject({ kind: "error", error: { code: "ECONNRESET" } });
    await channel.close();
  });

  it("delivers what was sent before it closed, also to a client that goes on sending", async () => {
    const [client, server] = await overTcp();
    const there = fromStreams(server);
    const here = fromStreams(client);
    const inbox = inboxOf(here);
    for (let id = 0; id < 20; id++) client.write(`${"x".repeat(100_000)}\n`);
    there.receive(() => {});
    for (let id = 0; id < 20; id++) void there.send({ jsonrpc: "2.0", id, result: "x".repeat(20_000) });
    await there.close();
    client.write("more\n");
    for (let id = 0; id < 20; id++) expect(await inbox.next()).toMatchObject({ id });
    expect(await here.closed).toEqual({ kind: "end" });
    await here.close();
  });

  it("closes although nobody reads what was sent (REL-63)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const [client, server] = await overTcp();
      server.pause();
      const channel = fromStreams(client);
      channel.receive(() => {});
      for (let id = 0; id < 20; id++) void channel.send({ jsonrpc: "2.0", id, result: "x".repeat(1_000_000) });
      const closing = channel.close();
      await vi.advanceTimersByTimeAsync(limits.flushTimeout);
      await closing;
      expect(await channel.closed).toEqual({ kind: "closed" });
      server.destroy();
    } finally {
      vi.useRealTimers();
    }
  });

  it("delivers all that was sent before it closed", async () => {
    const { ends, release } = await overUnix();
    const [here, there] = [fromStreams(ends[0]), fromStreams(ends[1])];
    const inbox = inboxOf(there);
    here.receive(() => {});
    for (let id = 0; id < 50; id++) void here.send({ jsonrpc: "2.0", id, result: "x".repeat(20_000) });
    await here.close();
    for (let id = 0; id < 50; id++) expect(await inbox.next()).toMatchObject({ id });
    await there.close();
    await release();
  });

  it("makes its senders wait for a slow reader (REL-9)", async () => {
    const [client, server] = await overTcp();
    const channel = fromStreams(client);
    channel.receive(() => {});
    server.pause();
    const result = "x".repeat(100_000);
    let sent = 0;
    let room: void | Promise<void>;
    do room = channel.send({ jsonrpc: "2.0", id: sent++, result });
    while (room === undefined && sent < 1000);
    expect(room).toBeInstanceOf(Promise);
    server.resume();
    await room;
    server.destroy();
    await channel.close();
  });

  it("takes the options of its framing", async () => {
    const [one, other] = [new PassThrough(), new PassThrough()];
    const inbox = inboxOf(fromStreams({ readable: one, writable: other }, { lineBytes: 100 }));
    one.write(`"${"x".repeat(200)}"\n{"jsonrpc":"2.0","method":"a"}\n`);
    expect(await inbox.next()).toMatchObject({ error: { code: -32600, data: { limit: "lineBytes" } } });
    expect(await inbox.next()).toMatchObject({ method: "a" });
  });

  const text = new PassThrough();
  text.setEncoding("utf8");
  const locked = new TransformStream();
  locked.readable.getReader();
  const cases: [title: string, value: unknown, message: string][] = [
    ["nothing", undefined, "fromStreams takes"],
    ["null", null, "fromStreams takes"],
    ["text", "x", "fromStreams takes"],
    ["an empty object", {}, "fromStreams takes"],
    ["half a pair", { readable: new PassThrough() }, "fromStreams takes"],
    ["a pair of two kinds", { readable: new PassThrough(), writable: new WritableStream() }, "fromStreams takes"],
    ["a stream that is only readable", new ReadableStream(), "fromStreams takes"],
    ["a Node stream that gives text", text, "setEncoding"],
    ["a Node stream of objects", new PassThrough({ objectMode: true }), "fromMessages"],
    ["a locked web stream", locked, "locked"],
  ];
  it.each(cases)("refuses %s", (_, value, message) => {
    expect(() => fromStreams(value as never)).toThrow(DefinitionError);
    expect(() => fromStreams(value as never)).toThrow(message);
  });
});
