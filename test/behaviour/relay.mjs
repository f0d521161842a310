// A child whose stdin and stdout are the ends of a socket: node relay.mjs <path of the socket>
import { connect, Socket } from "node:net";

const socket = connect({ path: process.argv[2], allowHalfOpen: true });
// Those of the process object cannot be ended one by one.
const stdin = new Socket({ fd: 0, writable: false });
const stdout = new Socket({ fd: 1, readable: false });
stdin.pipe(socket);
socket.pipe(stdout);
for (const stream of [socket, stdin, stdout]) stream.on("error", () => process.exit());
