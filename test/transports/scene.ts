/** The server of the transports' tests; it runs in a worker as well, where there is no test runner. */
import { z } from "zod";
import { type Context, Server } from "../../src/server/index.ts";

/** A promise and what settles it. */
export class Gate<T = void> {
  readonly passed: Promise<T>;
  open!: (value: T) => void;

  constructor() {
    this.passed = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** The server of these tests, with what its handlers saw. */
export class Scene {
  readonly started: Gate = new Gate();
  readonly stopped: Gate<unknown> = new Gate<unknown>();
  readonly order: number[] = [];
  readonly server: Server;

  constructor() {
    const text = { input: z.object({ text: z.string() }) };
    this.server = new Server({ name: "scene", version: "1.0.0" }, { onError: () => {} })
      .tool("echo", text, ({ text }) => text)
      .tool("count", { input: z.object({ to: z.number() }) }, async ({ to }, context: Context) => {
        for (let at = 1; at <= to; at++) await context.progress(at, to);
        return "counted";
      })
      .tool("note", { input: z.object({ number: z.number() }) }, ({ number }) => {
        this.order.push(number);
        return `${number}`;
      })
      .tool("wait", {}, async (_, context: Context) => {
        context.signal.addEventListener("abort", () => this.stopped.open(context.signal.reason));
        context.binding?.ending?.listen(() => this.stopped.open("the client is gone"));
        this.started.open();
        await this.stopped.passed;
        return "waited";
      })
      .tool("hang", {}, async (_, context: Context) => {
        this.started.open();
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        this.stopped.open(context.signal.reason);
        return "never seen";
      })
      .tool("ask", {}, async (_, context: Context) => {
        const answer = await context.elicit("Which?", z.object({ name: z.string() }));
        return answer.action === "accept" ? answer.content.name : answer.action;
      });
  }
}

/** Text in every length that UTF-8 has, with what JSON escapes and what ends lines elsewhere. */
export const UNICODE = 'aé漢😀\u2028\u2029\u0000\r\n\t"\\ \uFEFF\u{10FFFF}';
