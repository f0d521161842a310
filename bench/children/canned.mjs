// The server that all clients are measured with: `node canned.mjs http|stdio`. Answers every revision, checks nothing.
import { once } from "node:events";

const CALL = '{"content":[{"type":"text","text":"hello"}]}';
const MODERN_CALL = '{"content":[{"type":"text","text":"hello"}],"resultType":"complete"}';
const SERVER_INFO = { name: "canned", version: "1.0.0" };
const LIST = JSON.stringify({
  tools: [
    {
      name: "echo",
      description: "Echo",
      inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    },
  ],
  resultType: "complete",
  ttlMs: 3_600_000,
  cacheScope: "public",
});

function resultOf({ method, params }) {
  switch (method) {
    case "tools/call":
      return params._meta?.["io.modelcontextprotocol/protocolVersion"] === undefined ? CALL : MODERN_CALL;
    case "tools/list":
      return LIST;
    case "initialize":
      return JSON.stringify({
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: SERVER_INFO,
      });
    case "server/discover":
      return JSON.stringify({
        resultType: "complete",
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: {} },
        ttlMs: 3_600_000,
        cacheScope: "public",
        _meta: { "io.modelcontextprotocol/serverInfo": SERVER_INFO },
      });
    default:
      return "{}";
  }
}

const answerTo = (message) => `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${resultOf(message)}}`;

function serveStdio() {
  let begun = "";
  process.stdin.setEncoding("utf8").on("data", (piece) => {
    const lines = (begun + piece).split("\n");
    begun = lines.pop() ?? "";
    let out = "";
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.id !== undefined) out += `${answerTo(message)}\n`;
    }
    if (out !== "") process.stdout.write(out);
  });
  process.stdin.on("end", () => process.exit());
}

async function serveHttp() {
  const { createServer } = await import("node:http");
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    if (request.method !== "POST") {
      response.writeHead(405).end();
      return;
    }
    const pieces = [];
    request.on("data", (bytes) => pieces.push(bytes));
    request.on("end", () => {
      const message = JSON.parse((pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)).toString());
      if (message.id === undefined) {
        response.writeHead(202).end();
        return;
      }
      const text = answerTo(message);
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  });
  await once(server.listen(0, "127.0.0.1", 1024), "listening");
  process.send?.({ port: /** @type {import("node:net").AddressInfo} */ (server.address()).port });
  process.on("disconnect", () => process.exit());
}

if (process.argv[2] === "stdio") serveStdio();
else await serveHttp();
