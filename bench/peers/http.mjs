// What the adapters of peers share: a server of node:http that listens on a free port of this machine.
import { once } from "node:events";
import { createServer } from "node:http";

/** Gives the port. */
export async function listen(handler) {
  const server = createServer({ keepAliveTimeout: 120_000 }, handler);
  await once(server.listen(0, "127.0.0.1", 4096), "listening");
  return server.address().port;
}

/** A port that was free just now, for who cannot tell on which one it listens. */
export async function freePort() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** As many bytes of a body as the largest workload needs, where the default is less. */
export const BODY = 16 * 1024 * 1024;
