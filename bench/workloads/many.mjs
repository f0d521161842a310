// W8: a server with a thousand tools.
import { costOf } from "../figures.mjs";
import { Connection, httpTemplate, loadHttp, openSession, replyHas } from "../load/http.mjs";
import { nextId, requestText } from "../load/messages.mjs";
import { lineHas, lineTemplate, Pipes } from "../load/stdio.mjs";
import { startServer } from "../processes.mjs";

const TOOLS = 1000;
const LIST = { method: "tools/list", params: {} };
const CALL = { method: "tools/call", params: { name: "echo", arguments: { text: "hello" } } };
const LAST = '"name":"tool_998"';

/** Throws unless a message lists all tools on one page. */
function checkList(text) {
  const { tools, nextCursor } = JSON.parse(text).result;
  const names = new Set(tools.map(({ name }) => name));
  if (names.size !== TOOLS || nextCursor !== undefined) throw new Error(`${names.size} tools on a page`);
  if (!tools.every(({ inputSchema }) => inputSchema.type === "object")) throw new Error("A tool without a schema");
}

/** The message of a reply, which may be a stream with one event that has any data. */
const messageOf = (text) => (text.startsWith("{") ? text : (/^data: ?(\{.*)$/m.exec(text)?.[1] ?? text));

async function startStdio(side) {
  const server = await startServer(side, "stdio", "many");
  const pipes = new Pipes(server.child);
  await pipes.open(side.version);
  checkList(await pipes.ask(requestText(LIST.method, LIST.params)));
  const make = lineTemplate(LIST.method, LIST.params);
  const check = lineHas(LAST);
  const load = (milliseconds) => pipes.load(make, { check, width: 8, milliseconds });
  return { measure: async (milliseconds) => [await costOf(server, () => load(milliseconds))], stop: server.stop };
}

/** `kind` is `session` or `2026`; `width` is the number of connections. */
async function startHttp(side, kind, { method, params }, width) {
  const server = await startServer(side, kind, "many");
  const connections = await Promise.all(Array.from({ length: width }, () => Connection.open(server.port)));
  const session = kind === "session" ? await openSession(connections[0], side.version) : undefined;
  const options = { modern: kind === "2026", session };
  const make = httpTemplate(method, params, options);
  const isList = method === LIST.method;
  if (isList) checkList(messageOf(await connections[0].request(make(nextId()))));
  const check = replyHas(isList ? LAST : '"text":"hello"');
  const load = (milliseconds) => loadHttp(connections, make, check, milliseconds);
  return { measure: async (milliseconds) => [await costOf(server, () => load(milliseconds))], stop: server.stop };
}

const overHttp = (id, kind, { target, request, width }) => ({
  rows: [{ id, target, unit: "us/call" }],
  needs: `http ${kind}`,
  start: (side) => startHttp(side, kind, request, width),
});

export const workloads = [
  { rows: [{ id: "W8 list of 1000 stdio", target: 1.2, unit: "us/call" }], needs: "stdio", start: startStdio },
  overHttp("W8 list of 1000 session 2025", "session", { target: 1.2, request: LIST, width: 8 }),
  overHttp("W8 list of 1000 2026", "2026", { target: 1.2, request: LIST, width: 8 }),
  overHttp("W8 call of 1000 session 2025", "session", { target: 1.15, request: CALL, width: 64 }),
  overHttp("W8 call of 1000 2026", "2026", { target: 1.15, request: CALL, width: 64 }),
];
