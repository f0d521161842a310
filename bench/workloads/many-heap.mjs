// W8: what an idle session and an open stream keep on the heap of a server.
import { Connection, httpText, openSession } from "../load/http.mjs";
import { META, MODERN } from "../load/messages.mjs";
import { startServer } from "../processes.mjs";

/** Sessions of LIMIT and mcplex are small, and many of them are needed to weigh them; peers take long to make them. */
const SESSIONS = { own: 5000, peer: 1000 };
const STREAMS = 1000;
/** What is opened at the same time. */
const WIDTH = 64;

/** Does something `count` times, `WIDTH` at a time; gives all that came of it. */
async function many(count, action) {
  const results = [];
  let begun = 0;
  const work = async (_, lane) => {
    while (begun < count) {
      const index = begun;
      begun += 1;
      results[index] = await action(lane);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  return results;
}

/** What one of `count` keeps on the heap of the server, in kB. */
async function each(server, count, open) {
  const before = await server.heap();
  const opened = await many(count, open);
  return { opened, size: ((await server.heap()) - before) / count / 1000 };
}

async function openStream(port, headers) {
  const connection = await Connection.open(port);
  return connection.openStream(httpText("GET", headers));
}

const LISTEN = httpText(
  "POST",
  { "MCP-Protocol-Version": MODERN, "Mcp-Method": "subscriptions/listen" },
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "subscriptions/listen",
    params: { notifications: { toolsListChanged: true }, _meta: META },
  }),
);

async function openListen(port) {
  const connection = await Connection.open(port);
  return connection.openStream(LISTEN);
}

async function serving(side, kind, measure) {
  const server = await startServer(side, kind, "std", ["--expose-gc"]);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** An idle session, and the stream that one opens. A few of both come first, for what is made once. */
const measureSessions = (side) =>
  serving(side, "session", async (server) => {
    const connections = await many(WIDTH, () => Connection.open(server.port));
    const open = (lane) => openSession(connections[lane], side.version);
    const warm = await many(WIDTH * 4, open);
    for (const headers of warm.slice(0, 16)) (await openStream(server.port, headers)).close();
    const session = await each(server, side.peer ? SESSIONS.peer : SESSIONS.own, open);
    const waiting = session.opened.slice(0, STREAMS);
    const stream = await each(server, STREAMS, () => openStream(server.port, waiting.pop()));
    for (const connection of [...connections, ...stream.opened]) connection.close();
    return [session.size, stream.size];
  });

const measureListens = (side) =>
  serving(side, "2026", async (server) => {
    for (const connection of await many(WIDTH * 4, () => openListen(server.port))) connection.close();
    const { opened, size } = await each(server, STREAMS, () => openListen(server.port));
    for (const connection of opened) connection.close();
    return [size];
  });

/** Each measurement starts a server of its own. */
const heap = (rows, needs, measure) => ({
  rows,
  needs,
  plan: ({ quick }) => ({ rounds: quick ? 1 : 3, lives: 1, peerRounds: 1, warmUps: 0 }),
  start: async (side) => ({ measure: () => measure(side), stop: async () => {} }),
});

export const workloads = [
  heap(
    [
      { id: "W8 heap session", target: 3, most: 0.8, unit: "kB" },
      { id: "W8 heap stream GET", target: 1.3, unit: "kB" },
    ],
    "streams",
    measureSessions,
  ),
  heap([{ id: "W8 heap stream listen", target: 1.3, unit: "kB" }], "listen", measureListens),
];
