// LIMIT as a client, and in memory.
import { spawn } from "node:child_process";
import http from "node:http";
import { META } from "../load/messages.mjs";
import { run } from "../load/tools.mjs";

const HEAD = '{"jsonrpc":"2.0","id":';
const CALL = ',"method":"tools/call","params":{"name":"';
const MODERN = `,"_meta":${JSON.stringify(META)}`;

/** A map of what waits, and messages that are handed over as they are. */
export function connectMemory() {
  const tools = new Map([
    ["echo", { valid: (args) => typeof args.text === "string", run: async (args) => run.echo(args) }],
  ]);
  const pending = new Map();
  let next = 1;
  const toClient = (message) => {
    const resolve = pending.get(message.id);
    pending.delete(message.id);
    resolve(message.result);
  };
  const toServer = async (message) => {
    const tool = tools.get(message.params.name);
    if (!tool || !tool.valid(message.params.arguments)) throw new Error("invalid");
    toClient({ jsonrpc: "2.0", id: message.id, result: await tool.run(message.params.arguments) });
  };
  return {
    call: (name, args) =>
      new Promise((resolve) => {
        const id = next++;
        pending.set(id, resolve);
        void toServer({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
      }),
    close() {},
  };
}

export function connectHttp(url, modern) {
  const { hostname, port, pathname } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  let next = 1;
  const post = (body, name) =>
    new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": modern ? "2026-07-28" : "2025-11-25",
        "content-length": Buffer.byteLength(body),
      };
      if (modern) {
        headers["mcp-method"] = "tools/call";
        headers["mcp-name"] = name;
      }
      const request = http.request(
        { host: hostname, port, path: pathname, method: "POST", agent, headers },
        (response) => {
          let first;
          let rest;
          response.on("data", (bytes) => {
            if (first === undefined) first = bytes;
            else (rest ??= [first]).push(bytes);
          });
          response.on("end", () => resolve(JSON.parse((rest ? Buffer.concat(rest) : first).toString()).result));
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  return {
    call: (name, args) =>
      post(`${HEAD}${next++}${CALL}${name}","arguments":${JSON.stringify(args)}${modern ? MODERN : ""}}}`, name),
    close: () => agent.destroy(),
  };
}

export function connectStdio(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const pending = new Map();
  let next = 1;
  let out = "";
  let scheduled = false;
  let tail = "";
  const flush = () => {
    scheduled = false;
    const text = out;
    out = "";
    child.stdin.write(text);
  };
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (piece) => {
    const text = tail ? tail + piece : piece;
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const message = JSON.parse(text.slice(start, end));
      start = end + 1;
      const resolve = pending.get(message.id);
      if (resolve) {
        pending.delete(message.id);
        resolve(message.result);
      }
    }
    tail = start < text.length ? text.slice(start) : "";
  });
  return {
    call: (name, args) =>
      new Promise((resolve) => {
        const id = next++;
        pending.set(id, resolve);
        out += `${HEAD}${id}${CALL}${name}","arguments":${JSON.stringify(args)}}}\n`;
        if (!scheduled) {
          scheduled = true;
          process.nextTick(flush);
        }
      }),
    close: () => child.kill(),
  };
}
