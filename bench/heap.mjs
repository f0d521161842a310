// What an idle session and an open stream keep on the heap, beside the official SDK and beside Node alone. Each server
// runs in a process of its own, the sides take turns, and one client serves all.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Connection, openListen, openSession, openStream } from "./heap/client.mjs";

const rounds = 3;
const sessions = 5000;
const streams = 1000;
/** Connections over which sessions are opened, and streams that are opened at the same time. */
const width = 16;

const here = import.meta.dirname;
const ours = join(here, "heap", "mcplex.mjs");
const theirs = join(here, "peers", "heap.mjs");
const bare = join(here, "heap", "limit.mjs");

const targets = {
  session: { ratio: 0.2, bytes: 800 },
  stream: { ratio: 0.5, bare: 1.3 },
  listen: { ratio: 0.5, bare: 1.3 },
};

async function serve(module) {
  const child = fork(join(here, "heap", "child.mjs"), [module], { execArgv: ["--expose-gc"] });
  const [{ port }] = await once(child, "message");
  return {
    port,
    async used() {
      child.send("used");
      const [{ used }] = await once(child, "message");
      return used;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

/** Does something `count` times, `width` at a time; gives all that came of it. */
async function many(count, action) {
  const results = [];
  let begun = 0;
  const work = async (lane) => {
    while (begun < count) results[begun++] = await action(lane);
  };
  await Promise.all(Array.from({ length: width }, (_, lane) => work(lane)));
  return results;
}

/** What one of `count` keeps on the heap of the server, in bytes. */
async function each(server, count, open) {
  const before = await server.used();
  const opened = await many(count, open);
  return { opened, bytes: ((await server.used()) - before) / count };
}

/** Sessions, and their streams. */
async function measureSessions(module) {
  const server = await serve(module);
  const connections = await many(width, () => Connection.open(server.port));
  const warm = await many(width * 4, (lane) => openSession(connections[lane]));
  for (const headers of warm.slice(0, width)) (await openStream(server.port, headers)).close();
  const session = await each(server, sessions, (lane) => openSession(connections[lane]));
  const waiting = session.opened.slice(0, streams);
  const stream = await each(server, streams, () => openStream(server.port, waiting.pop()));
  for (const connection of [...connections, ...stream.opened]) connection.close();
  await server.stop();
  return { session: session.bytes, stream: stream.bytes };
}

/** Streams by themselves. */
async function measureStreams(module, open) {
  const server = await serve(module);
  for (const connection of await many(width * 4, () => open(server.port))) connection.close();
  const { opened, bytes } = await each(server, streams, () => open(server.port));
  for (const connection of opened) connection.close();
  await server.stop();
  return bytes;
}

/** @type {Record<string, number[]>} */
const figures = {};
const note = (name, bytes) => (figures[name] ??= []).push(bytes);
for (let round = 0; round < rounds; round += 1) {
  for (const [side, module] of [
    ["ours", ours],
    ["theirs", theirs],
  ]) {
    const { session, stream } = await measureSessions(module);
    note(`session ${side}`, session);
    note(`stream ${side}`, stream);
    note(`listen ${side}`, await measureStreams(module, openListen));
  }
  note("stream bare", await measureStreams(bare, (port) => openStream(port, {})));
  note("listen bare", await measureStreams(bare, openListen));
}

const median = (name) => figures[name]?.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
const kilobytes = (bytes) => (bytes === undefined ? "-" : (bytes / 1000).toFixed(2)).padStart(9);
const row = (...cells) =>
  console.log(
    cells[0].padEnd(38) +
      cells
        .slice(1)
        .map((cell) => cell.padStart(9))
        .join(" "),
  );

console.log(`Heap in use on Node ${process.version}, in kB each: median of ${rounds} rounds`);
row("", "mcplex", "official", "Node", "ratio", "to Node");
let missed = 0;
for (const [name, label] of [
  ["session", `one of ${sessions} idle sessions`],
  ["stream", `one of ${streams} streams of sessions`],
  ["listen", `one of ${streams} subscriptions/listen`],
]) {
  const [mine, other, least] = ["ours", "theirs", "bare"].map((side) => median(`${name} ${side}`));
  const target = targets[name];
  const ratio = mine / other;
  const toBare = least === undefined ? undefined : mine / least;
  row(label, kilobytes(mine), kilobytes(other), kilobytes(least), ratio.toFixed(3), toBare?.toFixed(2) ?? "-");
  if (ratio > target.ratio) missed += 1;
  const aim =
    toBare === undefined
      ? `at most ${target.bytes} bytes ${mine <= target.bytes ? "met" : "missed"}`
      : `at most ${target.bare} of Node's own ${toBare <= target.bare ? "met" : "missed"}`;
  console.log(`    at most ${target.ratio} of theirs ${ratio <= target.ratio ? "met" : "MISSED"}; aim: ${aim}`);
}
process.exitCode = missed === 0 ? 0 : 1;
