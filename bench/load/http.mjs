// The load over HTTP: keep-alive HTTP/1.1 on node:net with requests whose text is made before, the same for every server.
import { once } from "node:events";
import net from "node:net";
import { initialize, initialized, LEGACY, MODERN, nextId, requestText, template } from "./messages.mjs";

const END_OF_HEAD = Buffer.from("\r\n\r\n");
const HEAD = 0;
const BODY = 1;
const CHUNK_SIZE = 2;
const CHUNK = 3;
const CHUNK_END = 4;
const TRAILER = 5;

/** A connection: one request after the other. */
export class Connection {
  status = 0;
  headers = "";
  /** The pieces of the body, and their length. @type {Buffer[]} */
  body = [];
  length = 0;
  closed = false;
  /** Told that the head of a reply is there. */
  onHead;
  #state = HEAD;
  #left = 0;
  /** @type {Buffer | undefined} */
  #head;
  #line = "";
  /** @type {((error?: Error) => void) | undefined} */
  #done;
  #socket;

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#feed(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#settle(new Error("The server closed the connection"));
    });
  }

  static async open(port) {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** Sends a request; `done` is called when its reply is whole. */
  send(text, done) {
    this.#done = done;
    this.#socket.write(text);
  }

  /** Sends a request and gives the text of the reply's body. @returns {Promise<string>} */
  request(text) {
    return new Promise((resolve, reject) => {
      this.send(text, (error) => (error === undefined ? resolve(this.text()) : reject(error)));
    });
  }

  /** Sends a request that opens a stream; settles when the head is there. */
  openStream(text) {
    return new Promise((resolve, reject) => {
      this.onHead = () => {
        const opened = this.status === 200 && /text\/event-stream/.test(this.headers);
        if (opened) resolve(this);
        else reject(new Error(`No stream: ${this.headers}`));
      };
      this.send(text, reject);
    });
  }

  text() {
    return Buffer.concat(this.body).toString();
  }

  close() {
    this.#socket.destroy();
  }

  #settle(error) {
    const done = this.#done;
    this.#done = undefined;
    this.#state = HEAD;
    done?.(error);
  }

  #feed(bytes) {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === HEAD) {
        const whole = this.#head === undefined ? bytes.subarray(at) : Buffer.concat([this.#head, bytes.subarray(at)]);
        const end = whole.indexOf(END_OF_HEAD);
        this.#head = end < 0 ? whole : undefined;
        if (end < 0) return;
        bytes = whole;
        at = end + END_OF_HEAD.length;
        this.#readHead(whole.latin1Slice(0, end));
      } else if (this.#state === BODY || this.#state === CHUNK) {
        const size = Math.min(this.#left, bytes.length - at);
        this.body.push(bytes.subarray(at, at + size));
        this.length += size;
        this.#left -= size;
        at += size;
        if (this.#left > 0) return;
        if (this.#state === BODY) this.#settle();
        else {
          this.#state = CHUNK_END;
          this.#left = 2;
        }
      } else if (this.#state === CHUNK_END) {
        const size = Math.min(this.#left, bytes.length - at);
        this.#left -= size;
        at += size;
        if (this.#left === 0) this.#state = CHUNK_SIZE;
      } else {
        at = this.#readLine(bytes, at);
      }
    }
  }

  #readHead(head) {
    this.headers = head;
    this.status = Number(head.slice(9, 12));
    this.body = [];
    this.length = 0;
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(head);
    const chunked = length === null && /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#left = length === null ? 0 : Number(length[1]);
    this.#state = chunked ? CHUNK_SIZE : BODY;
    this.onHead?.();
    if (!chunked && this.#left === 0) this.#settle();
  }

  /** The line with the size of a chunk, or one after the last chunk. */
  #readLine(bytes, at) {
    const end = bytes.indexOf(10, at);
    if (end < 0) {
      this.#line += bytes.latin1Slice(at);
      return bytes.length;
    }
    const line = (this.#line + bytes.latin1Slice(at, end)).trim();
    this.#line = "";
    if (this.#state === CHUNK_SIZE) {
      this.#left = Number.parseInt(line, 16);
      this.#state = this.#left === 0 ? TRAILER : CHUNK;
    } else if (line === "") this.#settle();
    return end + 1;
  }
}

/** The text of an HTTP request. */
export function httpText(method, headers, body = "") {
  const content = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  const others = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `${method} /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json, text/event-stream\r\n` +
    `${method === "POST" ? content : ""}${others.join("")}\r\n${body}`
  );
}

/** The text of a request as a function of its id. `session` is what {@link openSession} gave, if there is one. */
export function httpTemplate(
  method,
  params,
  { modern = false, progress = false, version = LEGACY, session = {} } = {},
) {
  const named = params.name === undefined ? {} : { "Mcp-Name": params.name };
  const headers = modern
    ? { "MCP-Protocol-Version": MODERN, "Mcp-Method": method, ...named }
    : { "MCP-Protocol-Version": version, ...session };
  return template(httpText("POST", headers, requestText(method, params, { modern, progress })));
}

/** Opens a session over a connection; gives the headers of all that is sent in it. */
export async function openSession(connection, wanted = LEGACY) {
  const reply = await connection.request(httpText("POST", {}, initialize(wanted)));
  if (connection.status !== 200) throw new Error(`No session: ${connection.status} ${reply}`);
  const id = /\r\nmcp-session-id: *([^\r]+)/i.exec(connection.headers)?.[1];
  const version = /"protocolVersion":"([^"]+)"/.exec(reply)?.[1] ?? wanted;
  const headers = { "MCP-Protocol-Version": version, ...(id === undefined ? {} : { "Mcp-Session-Id": id }) };
  const told = await connection.request(httpText("POST", headers, initialized));
  if (connection.status < 200 || connection.status > 204) throw new Error(`Refused: ${connection.status} ${told}`);
  return headers;
}

/** Says whether a reply has status 200 and the text in its body. */
export function replyHas(text) {
  const bytes = Buffer.from(text);
  return ({ status, body }) =>
    status === 200 && (body.length === 1 ? body[0].includes(bytes) : Buffer.concat(body).includes(bytes));
}

/** Requests one after the other on each connection, for some milliseconds; every reply is checked. */
export async function loadHttp(connections, make, check, milliseconds) {
  const latencies = [];
  const began = performance.now();
  const end = began + milliseconds;
  let bad = 0;
  await Promise.all(
    connections.map(
      (connection) =>
        new Promise((resolve, reject) => {
          let sent = 0;
          const send = () => {
            sent = performance.now();
            connection.send(make(nextId()), answered);
          };
          const answered = (error) => {
            if (error !== undefined) return reject(error);
            const now = performance.now();
            latencies.push(now - sent);
            if (!check(connection)) bad += 1;
            if (now >= end) resolve(undefined);
            else send();
          };
          send();
        }),
    ),
  );
  return { count: latencies.length, bad, latencies };
}
