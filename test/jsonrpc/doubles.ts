/** Stand-ins for what the JSON-RPC layer stands on: a pipe of bytes, a channel, a call. */
import { peer } from "../../src/jsonrpc/channels/index.ts";
import {
  type Channel,
  type CloseReason,
  type Malformed,
  type Message,
  type Notification,
  OpenCall,
  type PeerOptions,
  type Request,
  type Response,
  Serialized,
} from "../../src/jsonrpc/index.ts";
import type { BytePipe } from "../../src/jsonrpc/pipes/index.ts";
import type { Listener } from "../../src/jsonrpc/transport.ts";

export const encoder: TextEncoder = new TextEncoder();

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

/** Lets everything run that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A pipe whose other end is the test. */
export class TestPipe implements BytePipe {
  readonly written: (string | Uint8Array)[] = [];
  /** What `write` gives back: set it to make the reader slow. */
  room: Promise<void> | undefined;
  chunk!: (bytes: Uint8Array) => void;
  end!: (error?: Error) => void;
  closes = 0;
  closing: Promise<void> | undefined;

  start(chunk: (bytes: Uint8Array) => void, end: (error?: Error) => void): void {
    this.chunk = chunk;
    this.end = end;
  }

  write(data: string | Uint8Array): void | Promise<void> {
    this.written.push(data);
    return this.room;
  }

  async close(): Promise<void> {
    this.closes++;
    await this.closing;
  }

  /** The text that arrives. */
  type(text: string): void {
    this.chunk(encoder.encode(text));
  }

  /** All that was written, as text. */
  get text(): string {
    return this.written.map((data) => (typeof data === "string" ? data : new TextDecoder().decode(data))).join("");
  }

  /** All messages that were written. */
  get messages(): Record<string, unknown>[] {
    const lines = this.text.split("\n");
    if (lines.pop() !== "") throw new Error("The last line has no end");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** A channel whose other end is the test. */
export class TestChannel implements Channel {
  readonly sent: Message[] = [];
  readonly closed: Promise<CloseReason>;
  deliver!: (message: Message | Malformed) => void;
  finish!: (reason: CloseReason) => void;
  room: Promise<void> | undefined;
  closes = 0;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  send(message: Message | Serialized): void | Promise<void> {
    this.sent.push(message instanceof Serialized ? (message.value as Message) : message);
    return this.room;
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.deliver = listener;
  }

  async close(): Promise<void> {
    this.closes++;
    this.finish({ kind: "closed" });
  }

  /** The last message that was sent. */
  get last(): Record<string, unknown> {
    return this.sent.at(-1) as unknown as Record<string, unknown>;
  }
}

/** A call that keeps what the other side tells. */
export class TestCall extends OpenCall {
  readonly told: Notification[];

  constructor() {
    const told: Notification[] = [];
    super({ emit: (said) => void told.push(said instanceof Serialized ? said.value : said) });
    this.told = told;
  }
}

/** A peer over a test channel, with a listener that the test gives in part. */
export function meet(listener: Partial<Listener> = {}, options: PeerOptions = {}): Meeting {
  const channel = new TestChannel();
  const problems: unknown[] = [];
  const told: Notification[] = [];
  const transport = peer(channel, { onProblem: (problem) => problems.push(problem), ...options });
  transport.attach({
    ask: async ({ id }) => ({ jsonrpc: "2.0", id, result: {} }),
    emit: (notification) => told.push(notification),
    ...listener,
  });
  return { channel, transport, problems, told };
}

export interface Meeting {
  readonly channel: TestChannel;
  readonly transport: ReturnType<typeof peer>;
  /** What `onProblem` was told. */
  readonly problems: unknown[];
  /** Notifications that belong to no request. */
  readonly told: Notification[];
}

export function request(id: string | number, method = "test", params?: Record<string, unknown>): Request {
  return params === undefined ? { jsonrpc: "2.0", id, method } : { jsonrpc: "2.0", id, method, params };
}

export function notification(method: string, params?: Record<string, unknown>): Notification {
  return params === undefined ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params };
}

export function result(id: string | number, value: unknown = {}): Response {
  return { jsonrpc: "2.0", id, result: value };
}

export function cancelled(requestId: unknown, reason?: string): Notification {
  return notification("notifications/cancelled", reason === undefined ? { requestId } : { requestId, reason });
}
