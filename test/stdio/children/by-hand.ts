/** The wire without any of the package, for servers that misbehave. */
import { createInterface } from "node:readline";

export interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
}

export function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

export function onMessage(listener: (message: Incoming) => void): void {
  createInterface({ input: process.stdin }).on("line", (line) => listener(JSON.parse(line) as Incoming));
}

const about = {
  capabilities: { tools: {} },
  serverInfo: { name: "by hand", version: "1" },
};

/** Answers the handshake, or the probe; false for all else. */
export function answersOpening({ id, method }: Incoming): boolean {
  if (method === "initialize") send({ id, result: { protocolVersion: "2025-11-25", ...about } });
  else if (method === "server/discover") {
    const { serverInfo, capabilities } = about;
    const _meta = { "io.modelcontextprotocol/serverInfo": serverInfo };
    const hints = { ttlMs: 0, cacheScope: "private" };
    send({ id, result: { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities, ...hints, _meta } });
  } else return false;
  return true;
}

export function answerText({ id }: Incoming, text: string): void {
  send({ id, result: { resultType: "complete", content: [{ type: "text", text }] } });
}
