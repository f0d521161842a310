import { InternalError } from "../../errors.ts";
import {
  type Binding,
  type Ending,
  type Principal,
  type RequestId,
  type HttpHeaders,
  HttpRefusal,
} from "../../jsonrpc/index.ts";
import type { BodyReader, HttpRequest, HttpSink } from "./facts.ts";
import type { KeepAlive } from "./keep-alive.ts";
import type { OpenRequest, OpenRequests } from "./open-requests.ts";

/** What a client takes as a reply. */
export interface Accepted {
  readonly json: boolean;
  readonly events: boolean;
}

/** What takes the messages that are posted to an endpoint. */
export interface MessageTaker {
  take(exchange: HttpExchange, text: string, bytes: Uint8Array | undefined): void;
}

/** What all exchanges of one endpoint have in common. */
export interface Surroundings {
  readonly open: OpenRequests;
  readonly keepAlive: KeepAlive;
  readonly ending: Ending;
  /** Whether there may be several processes of the server. */
  readonly replicas: boolean;
  /** Tells the author of what a client sees in general words, or not at all. */
  readonly report: (problem: unknown) => void;
  /** Loaded when the first message comes. */
  readonly posting: MessageTaker | Promise<MessageTaker>;
}

/** No headers of its own. */
export const NO_HEADERS: HttpHeaders = Object.freeze({});

/** Takes both. */
export const BOTH: Accepted = Object.freeze({ json: true, events: true });

/** One HTTP request and its reply. It is also what handlers can know of how a message came. */
export class HttpExchange implements OpenRequest, Binding, BodyReader {
  place = -1;
  bodyDue: number | undefined;
  readonly around: Surroundings;
  readonly http: HttpRequest;
  readonly sink: HttpSink;
  /** Headers that every reply to this request has. */
  headers: HttpHeaders = NO_HEADERS;
  /** What the client takes. */
  accepted: Accepted = BOTH;
  /** Who asks, where that is known. */
  principal: Principal | undefined;
  /** The reply, where its connection can be closed before it is complete. */
  reply: { disconnect(retry?: number): void } | undefined;
  #isBodyOver = false;

  constructor(around: Surroundings, http: HttpRequest, sink: HttpSink) {
    this.around = around;
    this.http = http;
    this.sink = sink;
  }

  /** Says when the endpoint winds down. */
  get ending(): Ending {
    return this.around.ending;
  }

  get replicas(): boolean {
    return this.around.replicas;
  }

  disconnect(retry?: number): void {
    this.reply?.disconnect(retry);
  }

  wait(): void {
    this.around.open.awaitBody(this);
  }

  take(text: string, bytes?: Uint8Array): void {
    if (!this.#endBody()) return;
    const { posting } = this.around;
    if (!(posting instanceof Promise)) return posting.take(this, text, bytes);
    posting.then(
      (loaded) => loaded.take(this, text, bytes),
      (problem) => this.refuse(problem),
    );
  }

  fail(problem: unknown): void {
    if (this.#endBody()) this.refuse(problem);
  }

  /** Nobody waits for the body any more. False when that was so before. */
  #endBody(): boolean {
    if (this.#isBodyOver) return false;
    this.#isBodyOver = true;
    this.bodyDue = undefined;
    return true;
  }

  /** The request has been answered, and nothing of it goes on. */
  done(): void {
    this.around.open.delete(this);
  }

  /** Refuses the request, with the id that it has, where that is known. What is no refusal goes to the author. */
  refuse(problem: unknown, id?: RequestId): void {
    try {
      if (!(problem instanceof HttpRefusal)) throw problem;
      this.#send(problem, id);
    } catch (failure) {
      // A refusal of the author's own can have a header that nobody can send.
      this.around.report(failure);
      this.#send(new HttpRefusal(500, new InternalError()), id);
    }
    this.done();
  }

  expire(): void {
    this.fail(new HttpRefusal(408, "The body did not arrive in time", { connection: "close" }));
  }

  abort(): void {
    this.sink.abort();
  }

  #send({ status, headers, error, id }: HttpRefusal, asked: RequestId | undefined): void {
    const body = JSON.stringify({ jsonrpc: "2.0", id: id ?? asked, error: error.toJSON() });
    this.sink.reply(status, { ...this.headers, ...headers }, body);
  }
}
