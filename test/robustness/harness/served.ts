/** The server that is attacked: a tool for everything that a case wants to see from the inside. */
import { Server } from "mcplex/server";

const text = { type: "object", properties: { text: { type: "string" } } } as const;
const anything = { type: "object" } as const;
const flood = { type: "object", properties: { n: { type: "integer" }, size: { type: "integer" } } } as const;
const repeated = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "Count" },
    urgent: { type: "boolean", "x-mcp-header": "Urgent" },
  },
} as const;

/** What the handlers saw and did. */
export class Observed {
  /** How often each handler ran. */
  readonly runs: Record<string, number> = {};
  /** What `see` was given last, as it looks from inside. */
  seen: Record<string, unknown> | undefined;
  /** Calls of `wait` that run, and those that were given up. */
  waiting = 0;
  aborted = 0;
  /** The last step that `flood` got to. */
  flooded = 0;
  /** What the server's author was told. */
  readonly told: string[] = [];
  readonly #releases = new Set<() => void>();

  ran(name: string): void {
    this.runs[name] = (this.runs[name] ?? 0) + 1;
  }

  /** Waits until {@link Observed.release}, or until the client has had enough. */
  wait(signal: AbortSignal): Promise<void> {
    this.waiting++;
    return new Promise((resolve) => {
      const go = (): void => {
        this.#releases.delete(go);
        signal.removeEventListener("abort", stop);
        this.waiting--;
        resolve();
      };
      const stop = (): void => {
        this.aborted++;
        go();
      };
      this.#releases.add(go);
      signal.addEventListener("abort", stop);
    });
  }

  /** Lets all calls of `wait` end. */
  release(): void {
    for (const go of [...this.#releases]) go();
  }
}

/** How an object looks from inside: what is its own, and whether anything was smuggled into its prototype. */
function anatomy(value: object): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return {
    keys: Object.keys(value),
    clean: prototype === null || prototype === Object.prototype,
    polluted: ({} as { polluted?: unknown }).polluted ?? null,
    json: JSON.stringify(value),
  };
}

/** Makes the server; what happens in it is to be seen in `observed`. */
export function servedServer(observed: Observed): Server {
  const server = new Server(
    { name: "attacked", version: "1.0.0" },
    { onError: (error) => observed.told.push(String(error)), logger: { warn() {}, error() {} } },
  );
  server
    .tool("echo", { input: text }, ({ text = "" }) => {
      observed.ran("echo");
      return String(text);
    })
    .tool("see", { input: anything }, (given, context) => {
      observed.ran("see");
      observed.seen = anatomy(given as object);
      return JSON.stringify({ ...observed.seen, meta: anatomy(context.meta) });
    })
    .tool("region", { input: repeated }, (given) => {
      observed.ran("region");
      return JSON.stringify(given);
    })
    // Tells of each step, and then answers.
    .tool("flood", { input: flood }, async ({ n = 1, size = 0 }, context) => {
      observed.ran("flood");
      for (let at = 1; at <= (n as number); at++) {
        observed.flooded = at;
        await context.log("info", { at, filler: "x".repeat(size as number) });
        // A real one lives of something that takes turns.
        if (at % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return "flooded";
    })
    .tool("progress", { input: flood }, async ({ n = 1 }, context) => {
      observed.ran("progress");
      for (let at = 1; at <= (n as number); at++) await context.progress(at, n as number, `step ${at}`);
      return "done";
    })
    // Sends a text of the client's on the stream of the request, and gives it back.
    .tool("say", { input: text }, async ({ text = "" }, context) => {
      await context.log("info", text as string);
      await context.progress(1, 2, text as string);
      return String(text);
    })
    .tool("begin", { input: text }, async ({ text = "" }, context) => {
      observed.ran("begin");
      await context.log("info", `begun ${text as string}`);
      await observed.wait(context.signal);
      return `ended ${text as string}`;
    })
    .tool("wait", {}, async (_, context) => {
      observed.ran("wait");
      await observed.wait(context.signal);
      return "waited";
    })
    // Must never run.
    .tool("marker", {}, () => {
      observed.ran("marker");
      return "smuggled";
    })
    .tool("who", {}, (_, context) => String(context.binding?.principal?.id))
    .tool("fail", {}, () => {
      throw new Error("the password is hunter2");
    })
    .tool("change", {}, () => {
      server.updated("note://1");
      return "changed";
    })
    .resource("note://{id}", ({ id }) => `note ${id as string}`)
    .prompt("greet", {}, () => "Hello");
  // Names that every object has by itself: they are names like any other.
  for (const name of ["__proto__", "valueOf"]) server.tool(name, {}, () => `called ${name}`);
  server.tool("=?base64?ZWNobw==?=", {}, () => "the literal");
  server.tool("grüße 😀", {}, () => "hello");
  return server;
}
