import { afterEach, expect, it } from "vitest";
import { createSender } from "../../src/client/http/sender-node.ts";
import { closeAll, serving } from "./both.ts";

afterEach(closeAll);

it("a connection that nobody uses is closed before a server closes it, and a used one is kept", {
  timeout: 15_000,
}, async () => {
  const closed = new Map<string, number>();
  const ports = new Map<string, unknown>();
  const server = await serving((asked) => {
    const { socket } = asked.response;
    ports.set(asked.path, socket?.remotePort);
    if (socket?.listenerCount("mark") === 0) {
      socket.on("mark", () => {});
      socket.once("close", () => closed.set(asked.path, performance.now()));
    }
    asked.reply(200);
  });
  const url = new URL(server.url);
  const sender = createSender(url, {});
  const ask = (path: string): Promise<void> =>
    new Promise((resolve) => {
      const target = new URL(path, url);
      const reply = { head() {}, chunk() {}, end: () => resolve() };
      sender.send({ method: "POST", url: target, headers: {}, body: "" }, reply);
    });
  const started = performance.now();
  await ask("/one");
  await ask("/two");
  expect(ports.get("/two")).toBe(ports.get("/one"));
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (closed.size === 0) return;
      clearInterval(look);
      resolve();
    }, 20);
  });
  const idle = (closed.get("/one") ?? 0) - started;
  expect(idle).toBeGreaterThan(1900);
  expect(idle).toBeLessThan(4900);
  sender.close();
});
