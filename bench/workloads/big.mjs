// W6: ten megabytes, as a result and as arguments.
import { costOf } from "../figures.mjs";
import { Connection, httpTemplate, loadHttp, openSession, replyHas } from "../load/http.mjs";
import { lineHas, lineTemplate, Pipes } from "../load/stdio.mjs";
import { startServer } from "../processes.mjs";

/** With the message around it, it just fits into the 10 MiB that several SDKs take on a line. */
const SIZE = 10_000_000;
const TEXT = Buffer.from('"text":"');
const [X, QUOTE] = Buffer.from('x"');

/** Whether bytes have a text of the full size. */
function hasText(bytes, from, to) {
  const begin = bytes.indexOf(TEXT, from) + TEXT.length;
  const end = begin + SIZE;
  if (end >= to || bytes[end] !== QUOTE) return false;
  for (let at = begin; at < end; at += 9973) if (bytes[at] !== X) return false;
  return true;
}

const directions = {
  result: {
    params: { name: "big_out", arguments: { bytes: SIZE } },
    line: hasText,
    reply({ status, body }) {
      const bytes = Buffer.concat(body);
      return status === 200 && hasText(bytes, 0, bytes.length);
    },
  },
  arguments: {
    params: { name: "big_in", arguments: { data: "x".repeat(SIZE) } },
    line: lineHas(`"text":"${SIZE}"`),
    reply: replyHas(`"text":"${SIZE}"`),
  },
};

function big(transport, direction, start) {
  return {
    rows: [{ id: `W6 10 MB ${direction}, ${transport}`, target: 1.05, unit: "ms" }],
    needs: transport === "stdio" ? "stdio" : "http session",
    // What a process costs here lies in how its allocator meets ten megabytes, and that differs from one to the next.
    plan: ({ quick, lives }) => ({ milliseconds: quick ? 200 : 400, warmUps: 2, lives: quick ? lives : 6 }),
    async start(side) {
      const { server, load } = await start(side, directions[direction]);
      return {
        measure: async (milliseconds) => [(await costOf(server, () => load(milliseconds))) / 1000],
        stop: server.stop,
      };
    },
  };
}

async function startStdio(side, { params, line }) {
  const server = await startServer(side, "stdio", "big");
  const pipes = new Pipes(server.child);
  await pipes.open(side.version);
  const make = lineTemplate("tools/call", params);
  return { server, load: (milliseconds) => pipes.load(make, { check: line, width: 1, milliseconds }) };
}

async function startHttp(side, { params, reply }) {
  const server = await startServer(side, "session", "big");
  const connection = await Connection.open(server.port);
  const session = await openSession(connection, side.version);
  const make = httpTemplate("tools/call", params, { session });
  return { server, load: (milliseconds) => loadHttp([connection], make, reply, milliseconds) };
}

export const workloads = [
  big("stdio", "result", startStdio),
  big("stdio", "arguments", startStdio),
  big("HTTP", "result", startHttp),
  big("HTTP", "arguments", startHttp),
];
