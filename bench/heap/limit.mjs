// What a stream costs without any SDK: Node's own response, kept open, and nothing remembered of it.
import { createServer } from "node:http";

const headers = { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" };

export function start() {
  return createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(200, headers).write(":\n\n"));
  });
}
