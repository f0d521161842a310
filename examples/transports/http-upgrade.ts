// Over a connection that began as HTTP: the client asks for an upgrade, and from then on lines go both ways. So a server
// shares port, certificate and authentication with a web server.
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Client } from "mcplex/client";
import { serve } from "mcplex/server";
import { fromStreams } from "mcplex/transports";
import { server } from "./server.ts";

const web = createServer((_request, response) => response.writeHead(426, { upgrade: "mcp" }).end());
web.on("upgrade", ({ headers }: IncomingMessage, socket: Socket, head: Buffer) => {
  // Look at the origin and at who asks here: a web page can send this request too.
  if (headers.upgrade !== "mcp" || headers.origin !== undefined) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: mcp\r\n\r\n");
  socket.unshift(head);
  serve(server, fromStreams(socket));
});
web.listen(0, "127.0.0.1");
await once(web, "listening");

const { port } = web.address() as AddressInfo;
const asked = request({ host: "127.0.0.1", port, headers: { connection: "upgrade", upgrade: "mcp" } }).end();
const [, socket, head] = (await once(asked, "upgrade")) as [IncomingMessage, Socket, Buffer];
socket.unshift(head);
const client = await Client.connect<typeof server>(fromStreams(socket));
console.log(await client.call("echo", { text: "Hello over an HTTP upgrade" }));

await client.close();
web.close();
