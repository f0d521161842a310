/** The server under test, and its tools. */
import { Server } from "mcplex/server";
import { z } from "zod";
import { answerTo } from "./protocol.ts";
import type { Ticks } from "./ticks.ts";

/** What the tools have done so far. */
export interface Counts {
  offered: number;
  running: number;
}

const log = (data: unknown) =>
  ({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data } }) as const;

export function soakServer(counts: Counts, ticks: Ticks, onError: (error: unknown) => void): Server {
  /** Counts a call while it runs. */
  async function counted<T>(work: () => Promise<T>): Promise<T> {
    counts.running++;
    try {
      return await work();
    } finally {
      counts.running--;
    }
  }

  const server = new Server({ name: "soak", version: "1.0.0" }, { onError });
  return server
    .resource("token://{client}", ({ client }) => client)
    .tool("touch", { input: z.object({ uri: z.string() }) }, ({ uri }) => {
      server.updated(uri);
      return "touched";
    })
    .tool("count", { input: z.object({ to: z.number(), ticking: z.boolean() }) }, ({ to, ticking }, context) =>
      counted(async () => {
        for (let at = 1; at <= to; at++) {
          if (ticking) await ticks.next();
          // Some turns of promises later, so that every step of what goes on beside it is once met by it.
          for (let turns = ticking ? at % 12 : 0; turns > 0; turns--) await Promise.resolve();
          await context.emit(log(at));
        }
        return "counted";
      }),
    )
    .tool(
      "echo",
      { input: z.object({ token: z.string(), tells: z.boolean(), asks: z.boolean() }) },
      ({ token, tells, asks }, context) =>
        counted(async () => {
          if (tells) await context.progress(1, 2, token);
          if (tells) await context.emit(log(token));
          if (asks) {
            const { answer } = await context.require(token, z.object({ answer: z.string() }));
            if (answer !== answerTo(token)) onError(new Error(`"${answer}" came for ${token}`));
          }
          if (tells) await context.progress(2, 2, token);
          return token;
        }),
    )
    .tool("flood", { input: z.object({ messages: z.number(), length: z.number() }) }, ({ messages, length }, context) =>
      counted(async () => {
        for (let at = 1; at <= messages; at++) {
          counts.offered = at;
          // A text of its own for each, as what a tool makes is.
          await context.emit(log({ at, text: `${at} `.padEnd(length, "x") }));
          await context.progress(at, messages);
        }
        return "done";
      }),
    );
}
