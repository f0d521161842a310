// LIMIT over HTTP: node:http, JSON.parse, and a JSON body with its length; a stream of events when the tool notifies.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { BIG, decode, dispatcher, finish, headText, progressText } from "./limit.mjs";

const EVENTS = { "content-type": "text/event-stream" };

function answerBig(response, message, big) {
  const head = headText(message.id);
  const length = typeof big === "string" ? Buffer.byteLength(big) : big.length;
  response.writeHead(200, { "content-type": "application/json", "content-length": head.length + length + 1 });
  if (typeof big === "string") {
    response.write(head, "latin1");
    response.write(big, length === big.length ? "latin1" : "utf8");
    response.end("}");
  } else {
    response.cork();
    response.write(head);
    response.write(big);
    response.end("}");
  }
}

function answerCall(dispatch, response, message) {
  let streaming = false;
  let out = "";
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    if (out) {
      const text = out;
      out = "";
      response.write(text);
    }
  };
  const token = message.params._meta?.progressToken;
  const notify = (done, total) => {
    if (!streaming) {
      streaming = true;
      response.writeHead(200, EVENTS);
    }
    out += `event: message\ndata: ${progressText(token, done, total)}\n\n`;
    if (out.length > BIG) flush();
    else if (!scheduled) {
      scheduled = true;
      process.nextTick(flush);
    }
  };
  void dispatch.call(message.params, notify).then((result) => {
    if (!streaming && result.length > BIG) {
      answerBig(response, message, result);
      return;
    }
    const text = `${headText(message.id)}${finish(message, result)}}`;
    if (streaming) {
      const tail = out;
      out = "";
      response.end(`${tail}event: message\ndata: ${text}\n\n`);
    } else {
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    }
  });
}

/** Serves requests by themselves (`stateless`, `2026`) or in sessions (`session`); gives the port. */
export async function serveHttp(kind, profile) {
  const dispatch = dispatcher(profile);
  const sessions = new Map();
  const streams = new Set();
  const listen = (response, message) => {
    response.writeHead(200, EVENTS);
    const acknowledged = {
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: {
        _meta: { "io.modelcontextprotocol/subscriptionId": message.id },
        notifications: message.params.notifications,
      },
    };
    response.write(`event: message\ndata: ${JSON.stringify(acknowledged)}\n\n`);
    streams.add(response);
  };
  const answer = (request, response, message) => {
    if (message.id === undefined) {
      response.writeHead(202);
      response.end();
      return;
    }
    const known = kind !== "session" || message.method === "initialize";
    if (!known && !sessions.has(request.headers["mcp-session-id"])) {
      response.writeHead(404);
      response.end();
    } else if (message.method === "tools/call") answerCall(dispatch, response, message);
    else if (message.method === "tools/list" && dispatch.listBytes.length > BIG) {
      answerBig(response, message, dispatch.listBytes);
    } else if (message.method === "subscriptions/listen") listen(response, message);
    else {
      const text = `${headText(message.id)}${dispatch.sync(message)}}`;
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      if (kind === "session" && message.method === "initialize") {
        const id = randomUUID();
        sessions.set(id, { at: Date.now(), capabilities: message.params.capabilities });
        headers["mcp-session-id"] = id;
      }
      response.writeHead(200, headers);
      response.end(text);
    }
  };
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, EVENTS);
      response.flushHeaders();
      streams.add(response);
      response.on("close", () => streams.delete(response));
      return;
    }
    let first;
    let rest;
    request.on("data", (bytes) => {
      if (first === undefined) first = bytes;
      else (rest ??= [first]).push(bytes);
    });
    request.on("end", () =>
      answer(request, response, JSON.parse(rest ? decode(Buffer.concat(rest)) : first.toString())),
    );
  });
  await once(server.listen(0, "127.0.0.1", 4096), "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}
