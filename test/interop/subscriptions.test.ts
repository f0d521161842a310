import { once } from "node:events";
import { type AddressInfo, connect as dial, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Client as OfficialClient, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/folders.mjs";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { serveHttp } from "../../src/node/index.ts";
import { Server } from "../../src/server/index.ts";
import { memoryPubSub } from "../../src/stores/index.ts";
import { HttpChild } from "./http-child.ts";

/** What stands between a client and a server, and can cut what goes through it. */
class Line {
  readonly #sockets = new Set<Socket>();
  readonly #server;

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = dial(port, "127.0.0.1");
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket
          .on("error", () => {})
          .on("close", () => {
            this.#sockets.delete(socket);
            other.destroy();
          });
        socket.pipe(other);
      }
    });
  }

  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}

describe("a client that listens to a server of another author", () => {
  let child: HttpChild;
  let line: Line;

  beforeAll(async () => {
    child = new HttpChild([join(root, "test/interop/peers/http.mjs")]);
    const [, port] = await child.said(/^port (\d+)$/);
    line = await Line.to(Number(port));
  });

  afterAll(async () => {
    await line.close();
    await child.end();
  });

  it("listens again when its stream is cut (SUB-5)", async () => {
    await using client = await Client.connect(http(line.url));
    const changes = await client.listen({ toolsListChanged: true });
    const iterator = changes[Symbol.asyncIterator]();
    await client.call("tell");
    expect((await iterator.next()).value).toEqual({ type: "tools" });
    line.cut();
    expect((await iterator.next()).value).toEqual({ type: "all" });
    expect(changes.acknowledged).toEqual({ toolsListChanged: true });
    await client.call("tell");
    expect((await iterator.next()).value).toEqual({ type: "tools" });
  });
});

describe("a client of another author that listens to a server", () => {
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  /** Two processes of a server, the client of the first, and what the client heard. */
  async function listening(mode: "auto" | "legacy") {
    const pubsub = memoryPubSub();
    const [here, there] = [0, 1].map(() =>
      new Server({ name: "files", version: "1.0.0" }, { changes: { pubsub } })
        .tool("a", {}, () => "x")
        .resource("file:///a", () => "x", { name: "a" }),
    ) as [Server, Server];
    const serving = await serveHttp(here, { port: 0, log: () => {} });
    closing.push(() => serving.close());
    const client = new OfficialClient({ name: "another", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(serving.url)));
    closing.push(() => client.close());
    const heard: string[] = [];
    let wake = (): void => {};
    const hears = (what: string): void => {
      heard.push(what);
      wake();
    };
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => hears(params.uri));
    client.setNotificationHandler("notifications/tools/list_changed", () => hears("tools"));
    /** Acts again and again until something is heard: older clients do not say when they hear. */
    const until = async (what: string, act: () => void): Promise<void> => {
      while (!heard.includes(what)) {
        act();
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, 50);
          wake = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
      heard.length = 0;
    };
    return { here, there, serving, client, until };
  }

  it("hears of the parts of a resource, of other processes, and of the end (SUB-5, SUB-6)", async () => {
    const { here, there, serving, client, until } = await listening("auto");
    const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["file:///a"] });
    expect(subscription.honoredFilter).toEqual({ toolsListChanged: true, resourceSubscriptions: ["file:///a"] });
    await until("file:///a/b", () => here.updated("file:///a/b"));
    await until("file:///a", () => there.updated("file:///a"));
    await until("tools", () => there.listChanged("tools"));
    await serving.close();
    expect(await subscription.closed).toBe("graceful");
  });

  it("hears the same in a session of an older revision", async () => {
    const { here, there, client, until } = await listening("legacy");
    await client.subscribeResource({ uri: "file:///a" });
    await until("file:///a/b", () => here.updated("file:///a/b"));
    await until("file:///a", () => there.updated("file:///a"));
    await until("tools", () => there.listChanged("tools"));
  });
});
