// The load over HTTP: `node load.mjs <row> <port>`. Told a number over IPC it makes as many calls, on a fixed number of
// connections that each make one after the other.
import { Connection, httpTemplate, openSession, replyHas } from "../load/http.mjs";
import { nextId } from "../load/messages.mjs";
import { rowOf } from "./rows.mjs";

const WIDTH = 64;

const [, , id, port] = process.argv;
const { kind, modern, call } = rowOf(id);
const connections = await Promise.all(Array.from({ length: WIDTH }, () => Connection.open(Number(port))));
const session = kind === "session" ? await openSession(connections[0]) : undefined;
const make = httpTemplate("tools/call", call.params, { modern, session });
const isRight = replyHas(call.answer);

async function callTimes(calls) {
  let [begun, bad] = [0, 0];
  const lane = (connection) =>
    new Promise((resolve, reject) => {
      const next = () => {
        if (begun === calls) return resolve(undefined);
        begun += 1;
        connection.send(make(nextId()), answered);
      };
      const answered = (error) => {
        if (error !== undefined) return reject(error);
        if (!isRight(connection)) bad += 1;
        next();
      };
      next();
    });
  await Promise.all(connections.map(lane));
  return { bad };
}

process.on("message", (calls) => void callTimes(calls).then((told) => process.send?.(told)));
process.on("disconnect", () => process.exit());
process.send?.({});
