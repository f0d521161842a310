// W1 and W5: clients. All of them talk to one server that gives answers made before; in memory, to one of their own SDK.
import { checked } from "../figures.mjs";
import { cannedCommand, startCanned, startClient } from "../processes.mjs";

/** CPU time of the client for each call, 64 in flight. */
async function startCalls(side, kind, options) {
  const client = await startClient(side, kind, options);
  return {
    measure: async (milliseconds) => {
      const { count, cpu } = checked(await client.measure(64, milliseconds));
      return [cpu / count];
    },
    stop: () => client.stop(),
  };
}

function overHttp(id, needs, modern) {
  return {
    rows: [{ id, target: 1.2, unit: "us/call" }],
    needs,
    async start(side) {
      const server = await startCanned();
      try {
        const { measure, stop } = await startCalls(side, "http", { url: server.url, modern });
        return { measure, stop: () => Promise.all([stop(), server.stop()]) };
      } catch (error) {
        await server.stop();
        throw error;
      }
    },
  };
}

export const workloads = [
  {
    rows: [{ id: "W1 memory", target: 3, unit: "us/call" }],
    needs: "memory",
    start: (side) => startCalls(side, "memory", {}),
  },
  overHttp("W5 client HTTP 2025", "client http", false),
  overHttp("W5 client HTTP 2026", "client http 2026", true),
  {
    rows: [{ id: "W5 client stdio 2025", target: 1.4, unit: "us/call" }],
    needs: "client stdio",
    start: (side) => startCalls(side, "stdio", cannedCommand),
  },
];
