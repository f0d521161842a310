// W4: a tool that tells of its progress a thousand times, all in one turn of the event loop (burst) or once a turn (drip).
import { costOf } from "../figures.mjs";
import { Connection, httpTemplate, loadHttp, openSession } from "../load/http.mjs";
import { lineHas, lineTemplate, Pipes } from "../load/stdio.mjs";
import { startServer } from "../processes.mjs";

const TOLD = 1000;
const PROGRESS = "notifications/progress";
const DONE = `"text":"done ${TOLD}"`;

const call = (drip) => ({ name: "progress", arguments: { n: TOLD, ...(drip ? { drip } : {}) } });

/** Whether a stream has all notifications, and then the result. */
function isWhole({ status, body }) {
  if (status !== 200) return false;
  const bytes = Buffer.concat(body);
  let told = 0;
  for (let at = bytes.indexOf(PROGRESS); at >= 0; at = bytes.indexOf(PROGRESS, at + 1)) told += 1;
  return told === TOLD && bytes.indexOf(DONE, bytes.lastIndexOf(PROGRESS)) > 0;
}

/** Over HTTP, one call at a time. `kind` is `session` or `2026`. */
function streams(id, kind, { target, drip = false }) {
  return {
    rows: [{ id, target, unit: "us/notif" }],
    needs: `http ${kind}`,
    async start(side) {
      const server = await startServer(side, kind, "streams");
      const connection = await Connection.open(server.port);
      const session = kind === "session" ? await openSession(connection, side.version) : undefined;
      const make = httpTemplate("tools/call", call(drip), { modern: kind === "2026", session, progress: true });
      const load = (milliseconds) => loadHttp([connection], make, isWhole, milliseconds);
      return {
        measure: async (milliseconds) => [(await costOf(server, () => load(milliseconds))) / TOLD],
        stop: server.stop,
      };
    },
  };
}

async function startStdio(side) {
  const server = await startServer(side, "stdio");
  const pipes = new Pipes(server.child);
  await pipes.open(side.version);
  const make = lineTemplate("tools/call", call(false), { progress: true });
  const [check, between] = [lineHas(DONE), lineHas(PROGRESS)];
  const load = async (milliseconds) => {
    const loaded = await pipes.load(make, { check, between, width: 1, milliseconds });
    const missing = loaded.count * TOLD - loaded.told;
    if (missing !== 0) throw new Error(`${missing} notifications are missing`);
    return loaded;
  };
  return {
    measure: async (milliseconds) => [(await costOf(server, () => load(milliseconds))) / TOLD],
    stop: server.stop,
  };
}

export const workloads = [
  streams("W4 burst session 2025", "session", { target: 1.5 }),
  streams("W4 burst 2026", "2026", { target: 1.5 }),
  streams("W4 drip session 2025", "session", { target: 1.1, drip: true }),
  streams("W4 drip 2026", "2026", { target: 1.1, drip: true }),
  { rows: [{ id: "W4 burst stdio 2025", target: 1.5, unit: "us/notif" }], needs: "stdio", start: startStdio },
];
