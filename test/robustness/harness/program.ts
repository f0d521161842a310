/** The process of the server under test: opens endpoints when it is asked to, and tells how it is doing. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { type HttpOptions, HttpRefusal, type HttpRequest } from "mcplex/server/http";
import { memoryKeyValue, memoryLog } from "mcplex/stores/memory";
import { HOSTS } from "./hosts.ts";
import type { Answer, Command, EndpointOptions, Question, Report } from "./protocol.ts";
import { Observed, servedServer } from "./served.ts";

const observed = new Observed();
const server = servedServer(observed);
const faults: string[] = [];
const TICK = 10;
const lag = monitorEventLoopDelay({ resolution: TICK });
lag.enable();

for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(kind, (error: unknown) => faults.push(`${kind}: ${error instanceof Error ? error.stack : String(error)}`));
}
process.on("warning", (warning) => faults.push(`warning: ${warning.stack ?? warning.message}`));

/** Puts the clock of counted sessions forward. */
let ahead = 0;
const now = (): number => Date.now() + ahead;
const counted = memoryKeyValue({ now });
const keys = new Set<string>();

const TOKENS: ReadonlyMap<string, string> = new Map([
  ["Bearer alice-token", "alice"],
  ["Bearer bob-token", "bob"],
]);

function authenticate(request: HttpRequest): { id: string } | HttpRefusal {
  const id = TOKENS.get(request.header("authorization") ?? "");
  return id === undefined ? new HttpRefusal(401, "Who are you?", { "www-authenticate": "Bearer" }) : { id };
}

function optionsOf({ users, counted: isCounted, sessions, ...others }: EndpointOptions): HttpOptions {
  const store = {
    get: counted.get.bind(counted),
    set(owner: string, key: string, ...rest: [value: never, ttl?: number]) {
      keys.add(`${owner}/${key}`);
      return counted.set(owner, key, ...rest);
    },
    add: counted.add.bind(counted),
    touch: counted.touch.bind(counted),
    delete: counted.delete.bind(counted),
  };
  return {
    ...others,
    ...(users === true ? { authenticate } : {}),
    ...(isCounted === true
      ? { sessions: { store }, replay: memoryLog({ now }) }
      : sessions === undefined
        ? {}
        : { sessions }),
  };
}

async function report(): Promise<Report> {
  globalThis.gc?.();
  const memory = process.memoryUsage();
  const alive = await Promise.all(
    [...keys].map(async (place) => {
      const slash = place.indexOf("/");
      return (await counted.get(place.slice(0, slash), place.slice(slash + 1))) !== undefined;
    }),
  );
  const { runs, seen, waiting, aborted, flooded, told } = observed;
  const result: Report = {
    ...{ runs, seen, waiting, aborted, flooded },
    told: told.splice(0),
    faults: faults.splice(0),
    sessions: alive.filter(Boolean).length,
    rss: memory.rss,
    used: memory.heapUsed + memory.external,
    lag: { p99: lag.percentile(99) / 1e6 - TICK, max: lag.max / 1e6 - TICK },
  };
  lag.reset();
  return result;
}

async function obey(command: Command): Promise<unknown> {
  if (command.kind === "open") return HOSTS[command.host](server, optionsOf(command.options));
  if (command.kind === "report") return report();
  if (command.kind === "release") return observed.release();
  if (command.kind === "change") return void server.tool(`new-${process.hrtime.bigint()}`, {}, () => "");
  ahead += command.milliseconds;
  return undefined;
}

process.on("message", ({ id, command }: Question) => {
  const answer = (given: Omit<Answer, "id">): void => void process.send?.({ id, ...given });
  obey(command).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ id: 0 });
