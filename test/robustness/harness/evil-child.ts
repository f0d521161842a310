/** A server on stdio that answers like any other until it is called `evil`; what it does then is its argument. */
import { createInterface } from "node:readline";
import process from "node:process";

const [, , mode = ""] = process.argv;
const meta = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
const say = (message: object): boolean => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const answer = (id: unknown, result: object): boolean => say({ id, result: { ...meta, ...result } });
const text = (said: string) => ({ content: [{ type: "text", text: said }] });

/** Writes as long as somebody reads, for some seconds, and then ends. */
function pour(chunk: string, seconds: number, ended: () => void): void {
  const until = performance.now() + seconds * 1000;
  const more = (): void => {
    while (performance.now() < until) if (!process.stdout.write(chunk)) return void process.stdout.once("drain", more);
    ended();
  };
  more();
}

const heard: string[] = [];

const MODES: Readonly<Record<string, (id: unknown) => void>> = {
  endless: (id) => pour("x".repeat(1_000_000), 3, () => process.stdout.write("\n") && answer(id, text("after"))),
  notifications: (id) => {
    const one = `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } })}\n`;
    pour(one.repeat(1000), 3, () => answer(id, text("after")));
  },
  bombs: (id) => {
    const deep = `{"jsonrpc":"2.0","method":"a","params":{"a":${"[".repeat(4_000_000)}${"]".repeat(4_000_000)}}}\n`;
    const wide = `{"jsonrpc":"2.0","method":"a","params":{${'"a":0,'.repeat(300_000)}"b":0}}\n`;
    for (let at = 0; at < 3; at++) process.stdout.write(deep + wide);
    answer(id, text("after"));
  },
  noise: (id) => {
    process.stdout.write('hello\n{bad\n\n\0\n[]\n7\n{"jsonrpc":"2.0"}\n\xff\n');
    process.stdout.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]));
    answer(id, text("after"));
  },
  asks: (id) => {
    say({ id: "mine", method: "roots/list" });
    say({ id: "ours", method: "ping" });
    say({ id: "yours", method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } });
    answer(id, text("after"));
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params = {} } = JSON.parse(line) as { id?: unknown; method?: string; params?: { name?: string } };
  if (method === undefined) heard.push(line);
  else if (method === "server/discover") {
    answer(id, { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } });
  } else if (params.name === "evil") MODES[mode]?.(id);
  // Tells what was answered to what it asked.
  else if (params.name === "heard") answer(id, text(JSON.stringify(heard)));
  else if (id !== undefined) answer(id, text("good"));
});
