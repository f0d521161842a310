// W3: calls over HTTP.
import { costOf, latencyOf } from "../figures.mjs";
import { Connection, httpTemplate, loadHttp, openSession, replyHas } from "../load/http.mjs";
import { startServer } from "../processes.mjs";

const ECHO = { name: "echo", arguments: { text: "hello" } };
const isHello = replyHas('"text":"hello"');

/** `kind` says how requests are sent, and is what the adapter serves: `stateless`, `session` or `2026`. */
async function startCalls(side, kind, width) {
  const server = await startServer(side, kind);
  const connections = await Promise.all(Array.from({ length: width }, () => Connection.open(server.port)));
  const session = kind === "session" ? await openSession(connections[0], side.version) : undefined;
  const make = httpTemplate("tools/call", ECHO, { modern: kind === "2026", session, version: side.version });
  return { server, load: (milliseconds) => loadHttp(connections, make, isHello, milliseconds) };
}

/** CPU time of each request, on 64 connections. */
function calls(id, kind) {
  return {
    rows: [{ id, target: 1.15, unit: "us/call" }],
    needs: `http ${kind}`,
    async start(side) {
      const { server, load } = await startCalls(side, kind, 64);
      return { measure: async (milliseconds) => [await costOf(server, () => load(milliseconds))], stop: server.stop };
    },
  };
}

/** The latency of one request after the other. */
function latency(id, kind) {
  return {
    rows: [{ id, unit: "us p50" }],
    needs: `http ${kind}`,
    pinned: true,
    async start(side) {
      const { server, load } = await startCalls(side, kind, 1);
      return { measure: async (milliseconds) => [await latencyOf(() => load(milliseconds))], stop: server.stop };
    },
  };
}

export const workloads = [
  calls("W3 stateless 2025", "stateless"),
  calls("W3 session 2025", "session"),
  calls("W3 2026", "2026"),
  latency("W3 latency stateless 2025", "stateless"),
  latency("W3 latency session 2025", "session"),
  latency("W3 latency 2026", "2026"),
];
