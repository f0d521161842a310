/**
 * Two hundred clients that all use the request id 1, in sessions and without them: nothing that belongs to one reaches
 * another, each call gets one response, and nothing is left when all have gone.
 */
import type { IncomingMessage } from "node:http";
import { Child } from "./child.ts";
import { answerTo, PATHS } from "./protocol.ts";
import { Random } from "./random.ts";
import { SseClient } from "./sse-client.ts";
import {
  alone,
  call,
  connections,
  endSession,
  type Headers,
  type Message,
  messagesOf,
  modernCall,
  openSession,
  type Place,
  send,
  textOf,
} from "./wire.ts";

const SEED = 4_711;
const CLIENTS = 200;
const CALLS = 100_000;
/** Calls that one client has open at the same time, with the same id. */
const LANES = 2;
/** What the heap may have grown by at the end, in bytes: what Node and its optimizer keep, and no session. */
const GROWTH = 2_000_000;

/** How long it takes until events that nobody asks for any more are swept away, and how long it may take, in milliseconds. */
const SWEPT = 45_000;
const PATIENCE = 75_000;

/** How a call is made, and how often. A session is one of the three ways in which most clients talk. */
const KINDS = [
  ...Array.from({ length: 6 }, () => "session" as const),
  ...Array.from({ length: 5 }, () => "modern" as const),
  "single" as const,
];
/** Every so many clients, one speaks the transport of 2024-11-05. */
const SSE_EVERY = 20;

interface Wish {
  readonly token: string;
  readonly tells: boolean;
  readonly asks: boolean;
}

/** What a call must have got: its result once, its progress and messages where it wanted them, and nothing else. */
class Heard {
  readonly #wish: Wish;
  readonly #got: string[] = [];

  constructor(wish: Wish) {
    this.#wish = wish;
  }

  /** Takes a message; gives the answer where it is a question. */
  take({ id, method, params, result, error }: Message): Message | undefined {
    const { token } = this.#wish;
    if (method === undefined) {
      const [{ text }] = (result?.["content"] ?? [{ text: `error ${error?.message}` }]) as [{ text: string }];
      this.#got.push(id === 1 && text === token ? "result" : `the response ${id}: ${text}`);
    } else if (method === "notifications/progress") {
      const { progress, message, progressToken } = params ?? {};
      const own = (message === undefined || message === token) && progressToken === 1;
      this.#got.push(own ? `progress ${progress}` : `progress of ${message}`);
    } else if (method === "notifications/message") {
      this.#got.push(params?.["data"] === token ? "message" : `the message ${params?.["data"]}`);
    } else {
      this.#got.push(params?.["message"] === token ? "question" : `the question ${params?.["message"]}`);
      return { id, result: { action: "accept", content: { answer: answerTo(`${params?.["message"]}`) } } };
    }
    return undefined;
  }

  /** What is wrong, now that all has come. */
  get mistake(): string | undefined {
    const { token, tells, asks } = this.#wish;
    const told = tells ? ["progress 1", "message"] : [];
    const wanted = [...told, ...(asks ? ["question"] : []), ...(tells ? ["progress 2"] : []), "result"].join();
    const got = this.#got.join();
    return got === wanted ? undefined : `${token} got ${got}, not ${wanted}`;
  }
}

class Client {
  readonly mistakes: string[] = [];
  /** Changes of its resource that it caused, and that it heard of. */
  readonly changes = { caused: 0, heard: 0 };
  readonly #place: (path: string) => Place;
  readonly #random: Random;
  readonly #uri: string;
  #session!: Headers;
  #sse: SseClient | undefined;

  constructor(number: number, place: (path: string) => Place) {
    this.#place = place;
    this.#random = new Random(SEED + number);
    this.#uri = `token://${number}`;
  }

  async open(sse: boolean): Promise<void> {
    if (sse) this.#sse = await SseClient.open(this.#place(PATHS.sse));
    const place = this.#place(PATHS.sessions);
    this.#session = await openSession(place);
    await textOf(
      await send(place, "POST", this.#session, { id: 1, method: "resources/subscribe", params: { uri: this.#uri } }),
    );
    void this.#listen(await send(place, "GET", { ...this.#session, accept: "text/event-stream" }));
  }

  async work(calls: number): Promise<void> {
    const lane = async (own: number): Promise<void> => {
      for (let at = 0; at < own && this.mistakes.length === 0; at++) {
        try {
          await this.#call();
        } catch (error) {
          this.mistakes.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, () => lane(calls / LANES)));
  }

  async close(): Promise<void> {
    // The last news comes on a connection of its own.
    for (let turn = 0; turn < 20 && this.changes.heard < this.changes.caused; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { caused, heard } = this.changes;
    if (caused !== heard) this.mistakes.push(`${this.#uri} changed ${caused} times, and its client heard ${heard}`);
    await endSession(this.#place(PATHS.sessions), this.#session);
    this.#sse?.close();
  }

  async #call(): Promise<void> {
    const kind = this.#sse === undefined ? KINDS[this.#random.below(KINDS.length)] : "sse";
    const [tells, asks] = [this.#random.below(4) === 0, this.#random.below(5) === 0];
    // Only what has a session can be asked.
    const wish = { token: this.#random.token(), tells, asks: asks && (kind === "session" || kind === "sse") };
    const heard = new Heard(wish);
    if (kind === "session" && this.#random.below(20) === 0) await this.#touch();
    if (kind === "sse") await this.#sse?.call(call("echo", wish), (message) => heard.take(message));
    else if (kind === "modern") {
      const { headers, message } = modernCall("echo", wish);
      await this.#read(await send(this.#place(PATHS.sessions), "POST", headers, message), heard);
    } else {
      const place = this.#place(kind === "single" ? PATHS.single : PATHS.sessions);
      await this.#read(await send(place, "POST", kind === "single" ? alone : this.#session, call("echo", wish)), heard);
    }
    if (heard.mistake !== undefined) this.mistakes.push(`${kind}: ${heard.mistake}`);
  }

  async #read(reply: IncomingMessage, heard: Heard): Promise<void> {
    for await (const message of messagesOf(reply)) {
      const answer = heard.take(message);
      if (answer === undefined) continue;
      await textOf(await send(this.#place(PATHS.sessions), "POST", this.#session, answer));
    }
  }

  /** Changes the own resource, of which the own stream hears and no other. */
  async #touch(): Promise<void> {
    this.changes.caused++;
    const reply = await send(this.#place(PATHS.sessions), "POST", this.#session, call("touch", { uri: this.#uri }));
    await textOf(reply);
  }

  async #listen(stream: IncomingMessage): Promise<void> {
    for await (const { method, params } of messagesOf(stream)) {
      this.changes.heard++;
      if (method === "notifications/resources/updated" && params?.["uri"] === this.#uri) continue;
      this.mistakes.push(`the stream of ${this.#uri} brought ${method} ${JSON.stringify(params)}`);
    }
  }
}

/** Opens clients, lets them work and leave; gives what went wrong. */
async function crowd(child: Child, clients: number, calls: number): Promise<string[]> {
  const agent = connections();
  const place = (path: string): Place => ({ port: child.port, path, agent });
  const all = Array.from({ length: clients }, (_, number) => new Client(number, place));
  await Promise.all(all.map((client, at) => client.open(at % SSE_EVERY === 0)));
  await Promise.all(all.map((client) => client.work(calls / clients)));
  await Promise.all(all.map((client) => client.close()));
  agent.destroy();
  return all.flatMap(({ mistakes }) => mistakes);
}

/** Runs all of it; gives what went wrong. */
export async function mix(say: (line: string) => void): Promise<string[]> {
  const child = await Child.start();
  say(`seed ${SEED}`);
  const mistakes = await crowd(child, CLIENTS, CALLS / 20);
  const first = await child.settled(0, SWEPT);
  mistakes.push(...(await crowd(child, CLIENTS, CALLS)));
  const heap = await child.settled(first + GROWTH, PATIENCE);
  const { running } = await child.report();
  say(
    `${CALLS} calls of ${CLIENTS} clients; heap ${kilobytes(first)} kB after a first round, ${kilobytes(heap)} kB at the end`,
  );
  if (heap > first + GROWTH) mistakes.push(`the heap grew by ${kilobytes(heap - first)} kB`);
  if (running > 0) mistakes.push(`${running} calls still run`);
  return [...mistakes.slice(0, 20), ...(await child.stop())];
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(0);
