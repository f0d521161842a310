import {
  type Answered,
  type Call,
  type Channel,
  type CloseReason,
  type Connector,
  encode,
  Malformed,
  type Message,
  onAbort,
  OpenCall,
  type Request,
  type RequestId,
  type Response,
  Serialized,
  textOf,
  type Transport,
} from "../../src/jsonrpc/index.ts";
import { isObject } from "../../src/json.ts";
import { parse } from "../../src/jsonrpc/wire/index.ts";

/** What the other side tells during a request goes to who reads the channel. */
function sentTo(heard: (message: Message) => void): OpenCall {
  return new OpenCall({ emit: (said) => heard(said instanceof Serialized ? said.value : said) });
}

/** A question of the other side that has no answer yet. */
interface Question {
  readonly call: Call;
  readonly token: unknown;
  answer(response: Response): void;
}

/**
 * One end of a conversation in requests and answers, as the channel of a client that a test plays: what it sends are
 * requests of the transport, and what these give is received.
 */
export class TransportChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #opening: Promise<Transport>;
  #transport: Transport | undefined;
  #listener: (message: Message | Malformed) => void = () => {};
  readonly #open = new Map<RequestId, OpenCall>();
  readonly #questions = new Map<unknown, Question>();
  #last = 0;

  constructor(connector: Connector) {
    this.#opening = connector.open();
    this.closed = this.#opening.then((transport) => {
      this.#transport = transport;
      transport.attach({ ask: this.#asked, emit: this.#heard });
      return transport.closed;
    });
  }

  send(message: Message | Serialized): void {
    const parsed = parse(message instanceof Serialized ? message.text : textOf(encode(message)));
    if (parsed instanceof Malformed) throw new Error("A transport carries no such thing: name CHANNELS as bindings");
    if (this.#transport !== undefined) this.#carry(parsed, this.#transport);
    else void this.#opening.then((transport) => this.#carry(parsed, transport));
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    await (await this.#opening).close();
  }

  #carry(message: Message, transport: Transport): void {
    if (!("method" in message)) return this.#questions.get(message.id)?.answer(message);
    if ("id" in message) return void this.#ask(message as Request, transport);
    const { method, params = {} } = message;
    if (method === "notifications/cancelled") return this.#cancel(params["requestId"], params["reason"]);
    const asked = [...this.#questions.values()].find(({ token }) => token === params["progressToken"]);
    if (method === "notifications/progress" && asked !== undefined) void asked.call.emit(message);
    else void transport.send(message);
  }

  async #ask(request: Request, transport: Transport): Promise<void> {
    const call = sentTo(this.#heard);
    this.#open.set(request.id, call);
    const exchanged = async (): Promise<Response> => transport.exchange(request, call);
    // Where no answer comes, a channel says nothing.
    const response = await exchanged().catch(() => undefined);
    if (this.#open.get(request.id) === call) this.#open.delete(request.id);
    if (response !== undefined) this.#heard(response);
  }

  #cancel(id: unknown, reason: unknown): void {
    this.#open.get(id as RequestId)?.abort(reason);
  }

  readonly #heard = (message: Message): void => this.#listener(message);

  /** Questions get ids of the channel's own. */
  readonly #asked = (request: Request, call: Call): Answered => {
    const id = ++this.#last;
    const meta = request.params?.["_meta"];
    return new Promise<Response>((resolve) => {
      const stop = onAbort(call, (reason) => {
        this.#questions.delete(id);
        const text = reason instanceof Error ? { reason: reason.message } : {};
        this.#heard({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id, ...text } });
      });
      const answer = (response: Response): void => {
        stop();
        this.#questions.delete(id);
        resolve({ ...response, id: request.id });
      };
      this.#questions.set(id, { call, token: isObject(meta) ? meta["progressToken"] : undefined, answer });
      this.#heard({ ...request, id });
    });
  };
}
