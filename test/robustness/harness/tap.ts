/** Stands between a client and a server, and keeps the bytes that the client sends. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Tap {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #sent: Buffer[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens in front of a port of this machine. */
  static async before(port: number): Promise<Tap> {
    const server = createServer((socket) => {
      const behind = connect({ port, host: "127.0.0.1" });
      for (const one of [socket, behind]) {
        tap.#sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => {
          tap.#sockets.delete(one);
          socket.destroy();
          behind.destroy();
        });
      }
      socket.on("data", (chunk: Buffer) => {
        tap.#sent.push(chunk);
        behind.write(chunk);
      });
      behind.pipe(socket);
    });
    const tap: Tap = new Tap(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return tap;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Forgets what was sent. */
  clear(): void {
    this.#sent = [];
  }

  /** The lines of the heads of all requests, as bytes, without those that begin a request. */
  headLines(): string[] {
    let bytes = Buffer.concat(this.#sent).toString("latin1");
    const lines: string[] = [];
    while (bytes !== "") {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) throw new Error("A request has no end of its head");
      const head = bytes.slice(0, end).split("\r\n").slice(1);
      lines.push(...head);
      const length = Number(/^content-length: ([0-9]+)$/im.exec(head.join("\n"))?.[1] ?? 0);
      bytes = bytes.slice(end + 4 + length);
    }
    return lines;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
