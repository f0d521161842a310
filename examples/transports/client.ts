// A server over other transports than stdio and HTTP, a file for each. This one runs them all; each runs by itself too.
//
//   npm run example -- transports
await import("./tcp.ts");
await import("./unix-socket.ts");
await import("./http-upgrade.ts");
await import("./web-socket.ts");
await import("./worker.ts");
