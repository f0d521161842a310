import { DefinitionError, MethodNotFoundError, type ProtocolError } from "../errors.ts";
import type { Answered, Call, Exchange, Request } from "../jsonrpc/index.ts";
import { exists, type Method, type Revision } from "../protocol/index.ts";
import { extensionMethod, methodsOf } from "../protocol/methods/index.ts";
import { answersOf, type LateAnswer } from "./answers.ts";
import { Context } from "./context.ts";
import { type Answer, invoke, invokeStaying, invokeThrough, toProtocolError } from "./invoke.ts";
import { kept } from "./kept.ts";
import type { Server } from "./server.ts";
import { withTimeout } from "./timeout.ts";
import { underWay } from "./under-way.ts";

/** The one that answers for a server. */
export const dispatcherOf: (server: Server) => Dispatcher = kept(
  new WeakMap<Server, Dispatcher>(),
  (server) => new Dispatcher(server),
);

/** Finds how requests to a server are answered, and answers them: the way from the eras to the handlers. */
export class Dispatcher {
  readonly server: Server;
  readonly #answers: Map<string, Answer | LateAnswer>;
  /** What extensions add, by name: a method may be another one in another revision. */
  readonly #added = new Map<string, readonly (readonly [Method, Answer])[]>();
  /** The extensions and the middleware that were looked at. */
  #extensions = 0;
  #middleware = 0;
  #chain: Exchange | undefined;

  constructor(server: Server) {
    this.server = server;
    this.#answers = answersOf(server);
  }

  /** The method of this name in a revision, whether it is the protocol's or an extension's. */
  method(name: string, revision: Revision): Method | undefined {
    return methodsOf(revision).client.get(name) ?? this.#extended(name, revision)?.[0];
  }

  /** Whether the capability that a method needs is offered. */
  offers(method: Method): boolean {
    const { capability: [first] = [] } = method;
    return first === undefined || first === "extensions" || first in this.server.offered;
  }

  /** Answers a request that an era adapter has read. */
  answer(method: Method, context: Context): Answered {
    const { middleware } = this.server;
    if (middleware.length === 0) return this.#invoke(method, context);
    if (this.#chain === undefined || this.#middleware !== middleware.length) {
      this.#middleware = middleware.length;
      const last: Exchange = async (arrived, call) => this.#arrive(arrived, call);
      this.#chain = middleware.reduceRight<Exchange>((next, wrap) => wrap(next), last);
    }
    context.values.set(underWay, { method, context });
    return invokeThrough(this.#chain, method, context, this.server);
  }

  /** What travels for an error. */
  toProtocolError(error: unknown, request: Request): ProtocolError {
    return toProtocolError(error, (cause) => this.server.report(cause, request));
  }

  #extended(name: string, revision: Revision): readonly [Method, Answer] | undefined {
    const { used } = this.server.extensions;
    for (; this.#extensions < used.length; this.#extensions++) {
      for (const [row, answer] of used[this.#extensions]?.answers ?? []) {
        this.#added.set(row.name, [...(this.#added.get(row.name) ?? []), [extensionMethod(row), answer]]);
      }
    }
    return this.#added.get(name)?.find(([method]) => exists(method, revision));
  }

  /** The end of the middleware: what it changed in request or call is what the handler gets. */
  #arrive(request: Request, call: Call): Answered {
    const found = call.values.get(underWay);
    if (found === undefined) throw new DefinitionError("Middleware must hand on the call, or one with its values");
    const { client, wire, rounds } = found.context;
    const method = request.method === found.method.name ? found.method : this.method(request.method, wire.revision);
    if (method === undefined) throw new MethodNotFoundError(`Method not found: ${request.method}`);
    return this.#invoke(method, new Context(request, call, client, wire, rounds));
  }

  #invoke(method: Method, context: Context): Answered {
    const { request, wire } = context;
    const answer = this.#answers.get(method.name) ?? this.#extended(method.name, wire.revision)?.[1];
    if (answer === undefined) throw new MethodNotFoundError(`Method not found: ${method.name}`);
    if (typeof answer === "function") return this.#answerLate(answer, method, context);
    const { server } = this;
    const { timeout } = server.options;
    if (method.stays) return invokeStaying(answer, method, context, server);
    if (timeout === undefined || method.waits) return invoke(answer, method, context, server);
    const report = (error: unknown): void => server.report(error, request);
    return withTimeout(timeout, request, context.underlying, report, (call) =>
      invoke(answer, method, new Context(request, call, context.client, wire, context.begun), server),
    );
  }

  #answerLate(late: LateAnswer, method: Method, context: Context): Answered {
    const go = (answer: Answer): Answered => {
      this.#answers.set(method.name, answer);
      return this.#invoke(method, context);
    };
    const made = late();
    return made instanceof Promise ? made.then(go) : go(made);
  }
}
