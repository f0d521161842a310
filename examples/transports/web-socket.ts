// Over WebSocket, one message a frame, with the library `ws`.
import { on, once } from "node:events";
import type { AddressInfo } from "node:net";
import { Client } from "mcplex/client";
import { serve } from "mcplex/server";
import { fromMessages } from "mcplex/transports";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { server } from "./server.ts";

/** The messages of a socket, both ways. */
function messages(socket: WebSocket) {
  async function* received() {
    for await (const [frame] of on(socket, "message", { close: ["close"] })) yield String(frame as RawData);
  }
  const writable = { write: (text: string) => socket.send(text), end: () => socket.close() };
  return fromMessages({ readable: received(), writable }, { text: true });
}

// A web page can open a WebSocket to anywhere: look at its origin, and at who asks.
const verifyClient = ({ origin }: { origin?: string }): boolean => origin === undefined;
const listening = new WebSocketServer({ host: "127.0.0.1", port: 0, verifyClient, maxPayload: 10 * 1024 * 1024 });
listening.on("connection", (socket) => serve(server, messages(socket)));
await once(listening, "listening");

const socket = new WebSocket(`ws://127.0.0.1:${(listening.address() as AddressInfo).port}`);
const channel = messages(socket);
await once(socket, "open");
const client = await Client.connect<typeof server>(channel);
console.log(await client.call("echo", { text: "Hello over a WebSocket" }));

await client.close();
listening.close();
