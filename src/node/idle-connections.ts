import type { Server as NodeServer } from "node:http";
import type { Socket } from "node:net";
import { DefinitionError } from "../errors.ts";
import type { Endpoint } from "../server/http/index.ts";
import { NodeRequest } from "./node-request.ts";

/** How often is looked while a connection may be idle. */
const LOOKS = 10;

/** What was seen of a connection. */
interface Seen {
  bytes: number;
  /** How often it was looked at since something happened. */
  looks: number;
}

/**
 * Closes connections of an endpoint on which nobody asked anything for a while. Node by itself sets and clears a timer
 * with each request for that, which is a thirtieth of what a short one costs; here one timer looks at all of them.
 */
export class IdleConnections {
  /** What clients are told of it, as the header `Keep-Alive`. */
  readonly header: string;
  readonly #endpoint: Endpoint;
  readonly #connections = new Map<Socket, Seen>();
  readonly #timeout: number;

  /**
   * A connection may be idle for `timeout` milliseconds, and is closed before a tenth more is over.
   *
   * @throws DefinitionError for a time that is none.
   */
  constructor(endpoint: Endpoint, timeout: number) {
    if (!(timeout > 0 && timeout < 2 ** 31)) {
      throw new DefinitionError(`keepAliveTimeout must be a positive number of milliseconds, not ${timeout}`);
    }
    this.#endpoint = endpoint;
    this.#timeout = timeout;
    this.header = `timeout=${Math.floor(timeout / 1000)}`;
  }

  /** Looks after all connections of a server, from when it listens until it is closed. */
  watch(server: NodeServer, secure: boolean): void {
    server.keepAliveTimeout = 0;
    server.on(secure ? "secureConnection" : "connection", (socket: Socket) => this.add(socket));
    server.once("listening", () => {
      const timer = setInterval(() => this.#look(), this.#timeout / LOOKS);
      timer.unref();
      server.once("close", () => clearInterval(timer));
    });
  }

  /** Looks after a connection from now on. */
  add(socket: Socket): void {
    this.#connections.set(socket, { bytes: socket.bytesRead, looks: 0 });
  }

  /** Leaves a connection alone: it is a stream, on which a client says nothing. */
  delete(socket: Socket): void {
    this.#connections.delete(socket);
  }

  #look(): void {
    const asking = new Set<Socket>();
    for (const { http } of this.#endpoint.open.all()) if (http instanceof NodeRequest) asking.add(http.socket);
    for (const [socket, seen] of this.#connections) {
      const { bytesRead } = socket;
      if (socket.destroyed) this.#connections.delete(socket);
      else if (socket.writableLength > 0 || asking.has(socket)) seen.looks = 0;
      else if (bytesRead !== seen.bytes) seen.looks = 1;
      else if (++seen.looks > LOOKS) socket.destroy();
      seen.bytes = bytesRead;
    }
  }
}
