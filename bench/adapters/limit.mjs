// LIMIT: the same wire work by plain Node code without an SDK; here what all its transports share, and stdio. It checks
// no host and no origin, ends no session and cancels nothing, so a little above it is honest work.
import { isAscii } from "node:buffer";
import { toolList, validOrder, validOrdered } from "../load/schemas.mjs";
import { run, SERVER_INFO } from "../load/tools.mjs";

const CAPABILITIES = { tools: { listChanged: true } };
/** A longer text is written by itself. */
export const BIG = 65_536;

export function dispatcher(profile) {
  const listJson = JSON.stringify({
    tools: toolList(profile),
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
  });
  const tools = new Map(
    /** @type {[string, { valid(args: any): boolean, run(args: any, notify: any): Promise<any>, validOut?(value: any): boolean }][]} */ ([
      ["echo", { valid: (args) => typeof args.text === "string", run: async (args) => run.echo(args) }],
      ["progress", { valid: (args) => Number.isInteger(args.n), run: run.progress }],
      ["big_out", { valid: (args) => Number.isInteger(args.bytes), run: async (args) => run.big_out(args) }],
      ["big_in", { valid: (args) => typeof args.data === "string", run: async (args) => run.big_in(args) }],
      ["order", { valid: validOrder, run: async (args) => run.order(args), validOut: validOrdered }],
    ]),
  );
  if (profile === "many") {
    const echo = /** @type {any} */ (tools.get("echo"));
    for (let index = 0; index < 999; index += 1) tools.set(`tool_${index}`, echo);
  }
  return {
    tools,
    listBytes: Buffer.from(listJson),
    /** Calls a tool; gives the text of the result. */
    async call(params, notify) {
      const tool = tools.get(params.name);
      if (tool === undefined || !tool.valid(params.arguments)) {
        return '{"content":[{"type":"text","text":"invalid"}],"isError":true}';
      }
      const result = await tool.run(params.arguments, notify);
      if (tool.validOut && !tool.validOut(result.structuredContent)) return '{"content":[],"isError":true}';
      return JSON.stringify(result);
    },
    /** The text of the result of any other method. */
    sync(message) {
      switch (message.method) {
        case "initialize":
          return JSON.stringify({
            protocolVersion: message.params.protocolVersion,
            capabilities: CAPABILITIES,
            serverInfo: SERVER_INFO,
          });
        case "server/discover":
          return JSON.stringify({
            resultType: "complete",
            supportedVersions: ["2026-07-28"],
            capabilities: CAPABILITIES,
            ttlMs: 0,
            cacheScope: "private",
            _meta: { "io.modelcontextprotocol/serverInfo": SERVER_INFO },
          });
        case "tools/list":
          return listJson;
        case "ping":
          return "{}";
      }
    },
  };
}

const TAIL = `,"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":${JSON.stringify(SERVER_INFO)}}}`;
const isModern = (message) => message.params?._meta?.["io.modelcontextprotocol/protocolVersion"] !== undefined;
/** What a result of 2026-07-28 says beside. */
export const finish = (message, result) => (isModern(message) ? result.slice(0, -1) + TAIL : result);
export const decode = (bytes) => (bytes.length > BIG && isAscii(bytes) ? bytes.latin1Slice() : bytes.toString());
export const idText = (id) => (typeof id === "number" ? `${id}` : JSON.stringify(id));
export const headText = (id) => `{"jsonrpc":"2.0","id":${idText(id)},"result":`;
export const progressText = (token, done, total) =>
  `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${idText(token)},"progress":${done},"total":${total}}}`;

export async function serveStdio(profile) {
  const dispatch = dispatcher(profile);
  const { stdin, stdout } = process;
  let out = "";
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    const text = out;
    out = "";
    stdout.write(text);
  };
  const send = (text) => {
    out += text;
    if (!scheduled) {
      scheduled = true;
      process.nextTick(flush);
    }
  };
  const sendBig = (head, big, tail) => {
    if (out) flush();
    if (typeof big === "string") {
      stdout.write(head);
      stdout.write(big, Buffer.byteLength(big) === big.length ? "latin1" : "utf8");
      stdout.write(tail);
    } else {
      stdout.cork();
      stdout.write(head);
      stdout.write(big);
      stdout.write(tail);
      stdout.uncork();
    }
  };
  const handle = (line) => {
    const message = JSON.parse(line);
    if (message.id === undefined) return;
    if (message.method === "tools/call") {
      const token = message.params._meta?.progressToken;
      void dispatch
        .call(message.params, (done, total) => send(`${progressText(token, done, total)}\n`))
        .then((result) => {
          if (result.length > BIG) sendBig(headText(message.id), result, "}\n");
          else send(`${headText(message.id)}${finish(message, result)}}\n`);
        });
    } else if (message.method === "tools/list" && dispatch.listBytes.length > BIG) {
      sendBig(headText(message.id), dispatch.listBytes, "}\n");
    } else send(`${headText(message.id)}${dispatch.sync(message)}}\n`);
  };
  let begun = [];
  stdin.on("data", (bytes) => {
    const last = bytes.lastIndexOf(10);
    if (last < 0) {
      begun.push(bytes);
      return;
    }
    let text;
    if (begun.length > 0) {
      begun.push(last + 1 === bytes.length ? bytes : bytes.subarray(0, last));
      text = decode(Buffer.concat(begun));
      begun = [];
    } else text = bytes.toString("utf8", 0, last);
    if (last + 1 < bytes.length) begun.push(bytes.subarray(last + 1));
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (end > start) handle(text.slice(start, end));
      start = end + 1;
    }
    if (start < text.length) handle(start === 0 ? text : text.slice(start));
  });
}

export const serveHttp = async (kind, profile) => (await import("./limit-http.mjs")).serveHttp(kind, profile);
export const connectMemory = async () => (await import("./limit-client.mjs")).connectMemory();
export const connectHttp = async (url, modern) => (await import("./limit-client.mjs")).connectHttp(url, modern);
export const connectStdio = async (command, args) => (await import("./limit-client.mjs")).connectStdio(command, args);
