import { vi } from "vitest";
import type { Parts } from "../../src/jsonrpc/index.ts";
import type { HttpHeaders, HttpSink } from "../../src/server/http/index.ts";
import { gate } from "./reached.ts";

/** A sink that writes down what it gets, with a reader that is as slow as a test wants. */
export class TestSink implements HttpSink {
  readonly chunks: (string | Uint8Array)[] = [];
  replied: { status: number; headers: HttpHeaders; body: string | Parts | undefined } | undefined;
  streams = 0;
  end = vi.fn<() => void>();
  abort = vi.fn<() => void>();
  #room: ReturnType<typeof gate<void>> | undefined;
  #left: () => void = () => {};

  reply(status: number, headers: HttpHeaders, body?: string | Parts): void {
    if (this.replied !== undefined) throw new Error("There was a reply already");
    this.replied = { status, headers, body };
  }

  events(): void {
    this.streams++;
  }

  write(data: string | Uint8Array): void | Promise<void> {
    this.chunks.push(data);
    return this.#room?.opened;
  }

  onClose(listener: () => void): void {
    this.#left = listener;
  }

  /** The reader stops reading. */
  stall(): void {
    this.#room = gate();
  }

  /** The reader reads on. */
  drain(): void {
    this.#room?.open();
    this.#room = undefined;
  }

  leave(): void {
    this.#left();
  }

  get text(): string {
    return this.chunks.map((chunk) => (typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk))).join("");
  }
}
