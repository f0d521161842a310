// Over a Unix socket, in a folder that only this user can open. On Windows a named pipe does: `\\.\pipe\echo`.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "mcplex/client";
import { serve } from "mcplex/server";
import { fromStreams } from "mcplex/transports";
import { server } from "./server.ts";

const folder = await mkdtemp(join(tmpdir(), "echo-"));
const path = process.platform === "win32" ? String.raw`\\.\pipe\echo-${process.pid}` : join(folder, "echo.sock");
const listening = createServer((socket) => serve(server, fromStreams(socket))).listen(path);
await once(listening, "listening");

const client = await Client.connect<typeof server>(fromStreams(connect(path)));
console.log(await client.call("echo", { text: "Hello over a Unix socket" }));

await client.close();
listening.close();
await rm(folder, { recursive: true });
