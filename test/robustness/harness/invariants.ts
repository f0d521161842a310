/** What must hold after every case, whatever it did. */
import { expect } from "vitest";
import { call } from "./messages.ts";
import type { Reply, RpcMessage } from "./reply.ts";
import type { ServerUnderTest } from "./server.ts";

/** Codes that a server may answer with: JSON-RPC's own, the protocol's, and one of older revisions. */
const CODES: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022, -32002]);

/** What a text for somebody else never has: a stack, a path, the words of an engine. */
const INTERNALS = [
  /\n\s*at /,
  /\bat [\w.<>]+ \(/,
  /node:|file:\/\//,
  /(^|[\s"'(])\/(home|work|usr|tmp|var|root|opt)\//,
  /\.[mc]?[jt]s:[0-9]+/,
  /call stack|Unexpected (token|end|non-whitespace)|JSON at position|Cannot read prop|is not a function/i,
  /hunter2/,
];

interface Exchanged {
  readonly body: string | Uint8Array | undefined;
  readonly reply: Reply;
}

/** Bodies above this length are not looked into for ids. */
const LONG = 65_536;

/** Sees all that a server says, and asserts that it may say so. */
export class Watch {
  #replies: Reply[] = [];
  #exchanged: Exchanged[] = [];
  /** Where a refused request had run, this tool would have. */
  #marked = 0;

  reply(reply: Reply): void {
    this.#replies.push(reply);
  }

  /** A request was sent, and this is the whole reply. */
  exchanged(body: string | Uint8Array | undefined, reply: Reply): void {
    this.#exchanged.push({ body, reply });
  }

  /** Asserts what must hold now. */
  async verify(server: ServerUnderTest): Promise<void> {
    const [replies, exchanged] = [this.#replies, this.#exchanged];
    this.#replies = [];
    this.#exchanged = [];
    expect(server.runs, "the process is alive").toBe(true);
    await this.#serves(server);
    const { faults, runs } = await server.report();
    expect(faults.join("\n"), "nothing was left unhandled").toBe("");
    const { marker = 0 } = runs;
    const ran = marker - this.#marked;
    this.#marked = marker;
    expect(ran, "no refused request ran").toBe(0);
    for (const reply of replies) checkTexts(reply);
    for (const one of exchanged) checkAnswered(one);
  }

  /** A client that does nothing wrong is served, and soon. */
  async #serves(server: ServerUnderTest): Promise<void> {
    const target = await server.target();
    const started = performance.now();
    const reply = await target.send(call("control", "echo", { text: "still here" }), 3000);
    expect(reply.message.result?.content?.[0]?.text, "the control client is served").toBe("still here");
    expect(performance.now() - started, "the control client is served within a second").toBeLessThan(1000);
  }
}

function checkTexts(reply: Reply): void {
  expect(reply.status, "a status that is no accident").not.toBe(500);
  let messages: readonly RpcMessage[] = [];
  // A stream that was left in the middle has no last message.
  if (reply.complete || reply.isStream) messages = reply.messages;
  for (const { error } of messages) {
    // What a framework refused by itself is no message of ours.
    if (typeof error !== "object") continue;
    expect(CODES, "an error code that is allowed").toContain(error.code);
    checkText(`${error.message} ${JSON.stringify(error.data) ?? ""}`);
  }
  if (reply.status >= 400) checkText(reply.text);
}

function checkText(text: string): void {
  for (const internal of INTERNALS) expect(text, "a text that tells nothing of the inside").not.toMatch(internal);
}

/** Each request has exactly one response: under its id, or without one where the id could not be read. */
function checkAnswered({ body, reply }: Exchanged): void {
  if (reply.header("content-type")?.includes("json") !== true && !reply.isStream) return;
  const responses = reply.messages.filter(({ method }) => method === undefined);
  for (const id of idsIn(body)) {
    const own = responses.filter((response) => response.id === id || response.id === undefined);
    expect(own.length, `one response to the request ${JSON.stringify(id)}`).toBe(1);
  }
}

function idsIn(body: string | Uint8Array | undefined): readonly unknown[] {
  if (body === undefined || body.length > LONG) return [];
  try {
    const value = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) as RpcMessage;
    return typeof value?.method === "string" && (typeof value.id === "string" || Number.isSafeInteger(value.id))
      ? [value.id]
      : [];
  } catch {
    return [];
  }
}
