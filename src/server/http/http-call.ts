import {
  type Binding,
  Malformed,
  type Message,
  type Notification,
  OpenCall,
  type Request,
  type Serialized,
} from "../../jsonrpc/index.ts";
import type { HttpExchange } from "./exchange.ts";
import type { Reply } from "./reply.ts";

/** A call whose notifications go out on the reply to its request. */
export class HttpCall extends OpenCall {
  readonly reply: Reply;
  readonly #exchange: HttpExchange;

  constructor(reply: Reply, exchange: HttpExchange) {
    super();
    this.reply = reply;
    this.#exchange = exchange;
  }

  override get binding(): Binding {
    return this.#exchange;
  }

  override emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    if (!this.aborted) return this.reply.send(notification);
  }
}

/** Whether what came wants an answer. */
export function isRequest(message: Message | Malformed): message is Request {
  return !(message instanceof Malformed) && "method" in message && "id" in message && message.id !== undefined;
}
