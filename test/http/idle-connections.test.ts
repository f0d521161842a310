import { once } from "node:events";
import { Agent, type IncomingMessage, request, type RequestOptions } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { serveHttp, type ServeHttpOptions } from "../../src/node/index.ts";
import { certificates } from "../client-http/certificates.ts";
import { closing } from "./listening.ts";
import { gate, modern, MODERN, POSTED, testServer } from "./reached.ts";

/** How long a connection may be idle here, in milliseconds. */
const PATIENCE = 20_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => void vi.advanceTimersByTime(milliseconds);

async function serving(options: ServeHttpOptions = {}, server = testServer()): Promise<string> {
  const own = { port: 0, exit: false, log: () => {}, graceTimeout: 0, keepAliveTimeout: PATIENCE };
  const started = await serveHttp(server, { ...own, ...options });
  closing(() => started.close());
  return started.url;
}

/** Sends requests over one connection that it leaves open. */
class Connection {
  readonly url: URL;
  readonly #agent: Agent;
  #socket: Socket | undefined;

  constructor(url: string, tls?: object) {
    this.url = new URL(url);
    this.#agent = tls === undefined ? new Agent({ keepAlive: true }) : new SecureAgent({ keepAlive: true, ...tls });
    closing(async () => this.#agent.destroy());
  }

  async begin(options: RequestOptions, body?: object): Promise<IncomingMessage> {
    const ask = this.url.protocol === "http:" ? request : secureRequest;
    const asked = ask(this.url, { agent: this.#agent, ...options });
    asked.on("error", () => {});
    asked.on("socket", (socket: Socket) => (this.#socket = socket));
    asked.end(body && JSON.stringify(body));
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return response;
  }

  async ask(options: RequestOptions, body?: object): Promise<IncomingMessage> {
    const response = await this.begin(options, body);
    await once(response.resume(), "end");
    return response;
  }

  health(headers: Record<string, string> = {}): Promise<IncomingMessage> {
    return this.ask({ path: "/health", headers });
  }

  call(name: string): Promise<IncomingMessage> {
    const named = { "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": name };
    return this.ask({ method: "POST", headers: { ...POSTED, ...named } }, modern("tools/call", { name }));
  }

  get socket(): Socket {
    return this.#socket as Socket;
  }

  get closed(): Promise<unknown> {
    return this.socket.closed ? Promise.resolve() : once(this.socket, "close");
  }
}

describe("connections on which nobody asks anything", () => {
  it("are closed when keepAliveTimeout is over, and before a tenth more is", async () => {
    const connection = new Connection(await serving());
    await connection.health();
    const { socket } = connection;
    pass(PATIENCE);
    // It is still there, and another request makes its time begin anew.
    await connection.health();
    expect(connection.socket).toBe(socket);
    pass(PATIENCE);
    await connection.health();
    expect(connection.socket).toBe(socket);
    pass(PATIENCE * 1.1);
    await connection.closed;
  });

  it("are closed as well where nobody has ever asked anything", async () => {
    const connection = new Connection(await serving());
    await connection.health();
    const { port } = connection.url;
    const { connect } = await import("node:net");
    const silent = connect(Number(port), "127.0.0.1").on("error", () => {});
    await once(silent, "connect");
    // The server knows of it when it has answered what came later.
    await connection.health();
    pass(PATIENCE * 1.1);
    await once(silent.resume(), "close");
  });

  it("are closed over TLS, too", async () => {
    const made = await certificates();
    const connection = new Connection(await serving({ tls: made.server }), { ca: made.ca });
    await connection.health();
    const { socket } = connection;
    for (let at = 0; at < 3; at++) {
      pass(PATIENCE);
      await connection.health();
    }
    expect(connection.socket).toBe(socket);
    pass(PATIENCE * 1.1);
    await connection.closed;
  });

  it("are told how long they may be, in every reply after which the connection stays", async () => {
    const connection = new Connection(await serving());
    const replies = [await connection.call("none"), await connection.ask({ method: "PUT" })];
    expect(replies.map(({ headers }) => headers["keep-alive"])).toEqual(["timeout=20", "timeout=20"]);
    expect((await connection.ask({ method: "PUT", headers: { connection: "close" } })).headers).not.toHaveProperty(
      "keep-alive",
    );
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "need a time that is one: not %d",
    async (keepAliveTimeout) => {
      await expect(serving({ keepAliveTimeout })).rejects.toThrow(DefinitionError);
    },
  );
});

describe("connections on which something is under way", () => {
  it("stay while they are a stream, and for their time after its end", async () => {
    const go = gate();
    const server = testServer().tool("tell", {}, async (_, context) => {
      await context.progress(1);
      await go.opened;
      return "told";
    });
    const connection = new Connection(await serving({}, server));
    const named = { "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "tell" };
    const stream = await connection.begin(
      { method: "POST", headers: { ...POSTED, ...named } },
      modern("tools/call", { name: "tell" }, { meta: { progressToken: 1 } }),
    );
    expect(stream.headers["keep-alive"]).toBe("timeout=20");
    await once(stream, "data");
    pass(PATIENCE * 3);
    go.open();
    await once(stream.resume(), "end");
    const { socket } = connection;
    pass(PATIENCE);
    await connection.health();
    expect(connection.socket).toBe(socket);
    pass(PATIENCE * 1.1);
    await connection.closed;
  });

  it("stay while a request is being answered, however long that takes", async () => {
    const started = gate();
    const go = gate();
    const server = testServer().tool("wait", {}, async () => {
      started.open();
      await go.opened;
      return "waited";
    });
    const connection = new Connection(await serving({}, server));
    const asked = connection.call("wait");
    await started.opened;
    pass(PATIENCE * 3);
    go.open();
    expect((await asked).statusCode).toBe(200);
    const { socket } = connection;
    pass(PATIENCE);
    await connection.health();
    expect(connection.socket).toBe(socket);
  });

  it("stay while they are the reply to a request that stays open", async () => {
    const server = testServer().tool("old", {}, () => "");
    const connection = new Connection(await serving({}, server));
    const said = { "mcp-protocol-version": MODERN, "mcp-method": "subscriptions/listen" };
    const listening = await connection.begin(
      { method: "POST", headers: { ...POSTED, ...said } },
      modern("subscriptions/listen", { notifications: { toolsListChanged: true } }),
    );
    await once(listening, "data");
    pass(PATIENCE * 3);
    server.tool("new", {}, () => "");
    const [data] = (await once(listening, "data")) as [Buffer];
    expect(data.toString()).toContain("notifications/tools/list_changed");
  });

  it("stay while they are the stream of a session, which belongs to no request", async () => {
    const server = testServer().tool("old", {}, () => "");
    const connection = new Connection(await serving({}, server));
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "a", version: "1" } };
    const opened = await connection.ask(
      { method: "POST", headers: POSTED },
      { jsonrpc: "2.0", id: 1, method: "initialize", params },
    );
    const session = { "mcp-session-id": String(opened.headers["mcp-session-id"]) };
    await connection.ask(
      { method: "POST", headers: { ...POSTED, ...session } },
      { jsonrpc: "2.0", method: "notifications/initialized" },
    );
    const stream = await connection.begin({ headers: { accept: "text/event-stream", ...session } });
    await once(stream, "data");
    pass(PATIENCE * 3);
    server.tool("new", {}, () => "");
    const [data] = (await once(stream, "data")) as [Buffer];
    expect(data.toString()).toContain("notifications/tools/list_changed");
  });
});
