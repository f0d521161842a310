// Over TCP: messages are lines, as on stdio. Whoever reaches the port can use the server.
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { Client } from "mcplex/client";
import { serve } from "mcplex/server";
import { fromStreams } from "mcplex/transports";
import { server } from "./server.ts";

const listening = createServer((socket) => serve(server, fromStreams(socket))).listen(0, "127.0.0.1");
await once(listening, "listening");

const { port } = listening.address() as AddressInfo;
const client = await Client.connect<typeof server>(fromStreams(connect(port, "127.0.0.1")));
console.log(await client.call("echo", { text: "Hello over TCP" }));

await client.close();
listening.close();
