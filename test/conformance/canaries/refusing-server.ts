/** A server that knows no method. The suite lets it pass in some scenarios; our judgement must not. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: idOf(chunks), error: { code: -32601, message: "No" } }));
  });
});

function idOf(chunks: readonly Buffer[]): unknown {
  try {
    return (JSON.parse(Buffer.concat(chunks).toString()) as { id?: unknown }).id ?? null;
  } catch {
    return null;
  }
}

server.listen(0, "127.0.0.1", () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}/mcp`);
});
