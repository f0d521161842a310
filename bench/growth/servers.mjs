// Servers with their load: each gives a function that calls tools for some milliseconds, and says how often.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checked } from "../figures.mjs";
import { Connection, httpTemplate, loadHttp, openSession, replyHas } from "../load/http.mjs";
import { LEGACY } from "../load/messages.mjs";
import { lineHas, lineTemplate, Pipes } from "../load/stdio.mjs";
import { startServer } from "../processes.mjs";
import { nameOf } from "./names.mjs";

/** Calls in flight. */
const WIDTH = 64;

const side = { module: pathToFileURL(join(import.meta.dirname, "adapter.mjs")).href };
const flags = ["--expose-gc"];

const list = (length, make) => Array.from({ length }, (_, index) => make(index));
const echo = (index) => ({ name: nameOf(index), arguments: { text: "hello" } });
/** Ids follow one another, so each of the texts has its turn. */
const inTurn = (makes) => (id) => makes[id % makes.length](id);

/** A server on stdio. Calls go to one of its tools, or to `called` of them in turn. */
export async function onStdio({ tools = 1, called = 1 }) {
  const server = await startServer(side, "stdio", String(tools), flags);
  const pipes = new Pipes(server.child);
  await pipes.open(LEGACY);
  const make = inTurn(list(called, (index) => lineTemplate("tools/call", echo(tools - 1 - index))));
  const options = { check: lineHas('"text":"hello"'), width: WIDTH };
  return { ...server, load: async (milliseconds) => checked(await pipes.load(make, { ...options, milliseconds })) };
}

/** A server on HTTP. Calls come in all its sessions in turn, or in none, and then in the newest revision. */
export async function onHttp({ tools = 1, sessions = 0 }) {
  const server = await startServer(side, "session", String(tools), flags);
  const connections = await Promise.all(list(WIDTH, () => Connection.open(server.port)));
  const opened = await openSessions(connections, sessions);
  const templateOf = (how) => httpTemplate("tools/call", echo(tools - 1), how);
  const modern = [templateOf({ modern: true })];
  const make = inTurn(sessions === 0 ? modern : opened.map((session) => templateOf({ session })));
  const isRight = replyHas('"text":"hello"');
  return { ...server, load: async (milliseconds) => checked(await loadHttp(connections, make, isRight, milliseconds)) };
}

/** Opens sessions, one after the other on each connection. */
async function openSessions(connections, count) {
  const opened = [];
  let begun = 0;
  const lane = async (connection) => {
    while (begun < count) {
      begun += 1;
      opened.push(await openSession(connection));
    }
  };
  await Promise.all(connections.map(lane));
  return opened;
}
