// The client of the benchmark: HTTP/1.1 as text, the same for every server.
import { once } from "node:events";
import { connect } from "node:net";

const ACCEPT = "Accept: application/json, text/event-stream\r\n";

/** The text of a request. */
export function textOf(method, headers, message) {
  const body = message === undefined ? "" : JSON.stringify({ jsonrpc: "2.0", ...message });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const content = body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${ACCEPT}${content}${lines.join("")}\r\n${body}`;
}

/** A connection that stays open, for one request after another. */
export class Connection {
  #socket;

  constructor(socket) {
    this.#socket = socket;
  }

  static async open(port) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** Sends a request, and gives the reply when `ends` says that it is there. */
  send(text, ends) {
    return new Promise((resolve, reject) => {
      let reply = "";
      const settle = (outcome, value) => {
        this.#socket.removeAllListeners();
        this.#socket.on("error", () => {});
        outcome(value);
      };
      this.#socket.on("data", (chunk) => {
        reply += chunk;
        if (ends(reply)) settle(resolve, reply);
      });
      this.#socket.on("close", () => settle(reject, new Error(`The connection closed: ${reply}`)));
      this.#socket.on("error", (error) => settle(reject, error));
      this.#socket.write(text);
    });
  }

  close() {
    this.#socket.destroy();
  }
}

/** Whether a reply that is no open stream is at its end. */
export function isWhole(reply) {
  const head = reply.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /\r\ncontent-length: *([0-9]+)/i.exec(reply.slice(0, head));
  if (length !== null) return reply.length >= head + 4 + Number(length[1]);
  return !/\r\ntransfer-encoding: *chunked/i.test(reply.slice(0, head)) || reply.endsWith("0\r\n\r\n");
}

/** Whether a stream has begun. */
export function isStream(reply) {
  if (!reply.includes("\r\n\r\n")) return false;
  if (!/^HTTP\/1.1 200/.test(reply) || !/text\/event-stream/.test(reply)) throw new Error(`No stream: ${reply}`);
  return true;
}

const LEGACY = "2025-11-25";

/** Opens a session; gives the headers of all that is sent in it. */
export async function openSession(connection) {
  const params = { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: "bench", version: "1.0.0" } };
  const reply = await connection.send(textOf("POST", {}, { id: 1, method: "initialize", params }), isWhole);
  const id = /\r\nmcp-session-id: *([^\r]+)/i.exec(reply)?.[1];
  if (id === undefined) throw new Error(`No session: ${reply}`);
  const headers = { "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": id };
  const told = await connection.send(textOf("POST", headers, { method: "notifications/initialized" }), isWhole);
  if (!told.startsWith("HTTP/1.1 202")) throw new Error(`Not initialized: ${told}`);
  return headers;
}

/** Opens the stream of a session, on a connection that it keeps. */
export async function openStream(port, headers) {
  const connection = await Connection.open(port);
  await connection.send(textOf("GET", headers), isStream);
  return connection;
}

const MODERN = "2026-07-28";
const _meta = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** Opens a subscription, on a connection that it keeps. */
export async function openListen(port) {
  const method = "subscriptions/listen";
  const params = { notifications: { toolsListChanged: true }, _meta };
  const text = textOf("POST", { "MCP-Protocol-Version": MODERN, "Mcp-Method": method }, { id: 1, method, params });
  const connection = await Connection.open(port);
  await connection.send(text, isStream);
  return connection;
}
