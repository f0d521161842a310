/** Where this process connects to, while a test looks: recorded at the socket, below everything that could hide it. */
import net from "node:net";
import { afterEach, beforeEach, vi } from "vitest";

export const connections: string[] = [];

/** Records from before each test to its end. */
export function recordConnections(): void {
  beforeEach(() => {
    connections.length = 0;
    // Called with its own `this` below.
    const connect = Reflect.get(net.Socket.prototype, "connect") as (...given: unknown[]) => net.Socket;
    const record = function (this: net.Socket, ...given: unknown[]): net.Socket {
      const [first] = given;
      const { host, port } = ((Array.isArray(first) ? first[0] : first) ?? {}) as { host?: string; port?: number };
      connections.push(`${host}:${port}`);
      return Reflect.apply(connect, this, given);
    };
    vi.spyOn(net.Socket.prototype, "connect").mockImplementation(record as never);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

/** The connections that went elsewhere than to these origins. */
export function strangers(...origins: readonly string[]): string[] {
  const known = origins.map((origin) => new URL(origin).host);
  return connections.filter((one) => !known.includes(one));
}
