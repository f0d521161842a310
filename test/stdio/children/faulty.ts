/** A server whose tools fail in every way there is, at once or later. */
import { ProtocolError } from "mcplex";
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";

const cycle: Record<string, unknown> = { type: "text" };
cycle["text"] = cycle;

const ways: Record<string, () => unknown> = {
  text: () => "fine",
  null: () => null,
  undefined: () => undefined,
  bigint: () => ({ type: "text", text: 1n }),
  cycle: () => cycle,
  getter: () => ({
    type: "text",
    get text() {
      throw new Error("secret");
    },
  }),
  toJSON: () => ({
    type: "text",
    text: "x",
    toJSON() {
      throw new Error("secret");
    },
  }),
  throwsNull: () => {
    throw null;
  },
  throwsText: () => {
    throw "secret";
  },
  throwsError: () => {
    throw new Error("secret");
  },
  throwsProtocolError: () => {
    throw new ProtocolError(4711, "said", { because: 1n });
  },
  never: () => new Promise(() => {}),
};

const server = new Server({ name: "faulty", version: "1.0.0" }, { timeout: 50, onError: () => {} });
for (const [name, act] of Object.entries(ways)) {
  server.tool(name, {}, () => act() as never);
  server.tool(`${name}Later`, {}, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return (await act()) as never;
  });
}
serveStdio(server);
