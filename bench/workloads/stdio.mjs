// W2 and W9: calls over stdio.
import { costOf, latencyOf } from "../figures.mjs";
import { lineHas, lineTemplate, Pipes } from "../load/stdio.mjs";
import { ORDER } from "../load/tools.mjs";
import { startServer } from "../processes.mjs";

const ECHO = { params: { name: "echo", arguments: { text: "hello" } }, check: lineHas('"text":"hello"') };
// In the text of the content the quotes are escaped.
const PLACE = {
  params: { name: "order", arguments: ORDER },
  check: lineHas('"itemCount":15,"summary":{"name":"Ada Lovelace","city":"London"'),
};

async function startCalls(side, { call = ECHO, modern = false, profile = "std" } = {}) {
  const server = await startServer(side, "stdio", profile);
  const pipes = new Pipes(server.child);
  if (!modern) await pipes.open(side.version);
  const make = lineTemplate("tools/call", call.params, { modern });
  const load = (width, milliseconds) => pipes.load(make, { check: call.check, width, milliseconds });
  return { server, load };
}

/** CPU time of each call, 64 in flight. */
function calls(id, needs, target, options = {}) {
  return {
    rows: [{ id, target, unit: "us/call" }],
    needs,
    async start(side) {
      const { server, load } = await startCalls(side, options);
      return {
        measure: async (milliseconds) => [await costOf(server, () => load(64, milliseconds))],
        stop: server.stop,
      };
    },
  };
}

export const workloads = [
  calls("W2 stdio 2025", "stdio", 1.25),
  calls("W2 stdio 2026", "stdio 2026", 1.3, { modern: true }),
  {
    rows: [{ id: "W2 latency stdio 2025", unit: "us p50" }],
    needs: "stdio",
    pinned: true,
    async start(side) {
      const { server, load } = await startCalls(side);
      return { measure: async (milliseconds) => [await latencyOf(() => load(1, milliseconds))], stop: server.stop };
    },
  },
  calls("W9 JSON Schema", "json", 1.3, { call: PLACE }),
  calls("W9 zod", "stdio", 1.5, { call: PLACE, profile: "zod" }),
];
