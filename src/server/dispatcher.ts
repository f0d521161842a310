import { DefinitionError, MethodNotFoundError, type ProtocolError } from "../errors.ts";
import type { Answered, Call, Exchange, Request } from "../jsonrpc/index.ts";
import { exists, type Method, type Revision } from "../protocol/index.ts";
import { extensionMethod, methodsOf } from "../protocol/methods/index.ts";
import { answersOf, type Known, type LateAnswer } from "./answers.ts";
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
  readonly #answers: ReadonlyMap<string, Answer | LateAnswer>;
  /** What the protocol has, by revision and name. */
  readonly #known = new Map<Revision, ReadonlyMap<string, Known>>();
  /** What extensions add, by name: a method may be another one in another revision. */
  readonly #added = new Map<string, readonly Known[]>();
  #last: Known | undefined;
  #lastRevision: Revision | undefined;
  /** The extensions and the middleware that were looked at. */
  #extensions = 0;
  #middleware = 0;
  #chain: Exchange | undefined;

  constructor(server: Server) {
    this.server = server;
    this.#answers = answersOf(server);
  }

  /** The method of this name in a revision, whether it is the protocol's or an extension's. */
  find(name: string, revision: Revision): Known | undefined {
    // Most requests are for what the one before was for.
    const last = this.#last;
    if (last !== undefined && last.method.name === name && this.#lastRevision === revision) return last;
    const found = (this.#known.get(revision) ?? this.#learn(revision)).get(name) ?? this.#extended(name, revision);
    this.#last = found;
    this.#lastRevision = revision;
    return found;
  }

  /** Whether the capability that a method needs is offered. */
  offers(method: Method): boolean {
    const { capability: [first] = [] } = method;
    return first === undefined || first === "extensions" || first in this.server.offered;
  }

  /** Answers a request that an era adapter has read. */
  answer(known: Known, context: Context): Answered {
    const { middleware } = this.server;
    if (middleware.length === 0) return this.#invoke(known, context);
    if (this.#chain === undefined || this.#middleware !== middleware.length) {
      this.#middleware = middleware.length;
      const last: Exchange = async (arrived, call) => this.#arrive(arrived, call);
      this.#chain = middleware.reduceRight<Exchange>((next, wrap) => wrap(next), last);
    }
    context.values.set(underWay, { known, context });
    return invokeThrough(this.#chain, known.method, context, this.server);
  }

  /** What travels for an error. */
  toProtocolError(error: unknown, request: Request): ProtocolError {
    return toProtocolError(error, (cause) => this.server.report(cause, request));
  }

  #learn(revision: Revision): ReadonlyMap<string, Known> {
    const methods = [...methodsOf(revision).client];
    const known = new Map(methods.map(([name, method]) => [name, { method, answer: this.#answers.get(name) }]));
    this.#known.set(revision, known);
    return known;
  }

  #extended(name: string, revision: Revision): Known | undefined {
    const { used } = this.server.extensions;
    for (; this.#extensions < used.length; this.#extensions++) {
      for (const [row, answer] of used[this.#extensions]?.answers ?? []) {
        const known = { method: extensionMethod(row), answer };
        this.#added.set(row.name, [...(this.#added.get(row.name) ?? []), known]);
      }
    }
    return this.#added.get(name)?.find(({ method }) => exists(method, revision));
  }

  /** The end of the middleware: what it changed in request or call is what the handler gets. */
  #arrive(request: Request, call: Call): Answered {
    const found = call.values.get(underWay);
    if (found === undefined) throw new DefinitionError("Middleware must hand on the call, or one with its values");
    const { client, wire, rounds } = found.context;
    const isSame = request.method === found.known.method.name;
    const known = isSame ? found.known : this.find(request.method, wire.revision);
    if (known === undefined) throw new MethodNotFoundError(`Method not found: ${request.method}`);
    return this.#invoke(known, new Context(request, call, client, wire, rounds));
  }

  #invoke(known: Known, context: Context): Answered {
    const { method } = known;
    const answer = known.answer ?? this.#extended(method.name, context.wire.revision)?.answer;
    if (answer === undefined) throw new MethodNotFoundError(`Method not found: ${method.name}`);
    if (typeof answer === "function") return this.#answerLate(answer, known, context);
    const { server } = this;
    const { timeout } = server.options;
    if (method.stays) return invokeStaying(answer, method, context, server);
    if (timeout === undefined || method.waits) return invoke(answer, method, context, server);
    const { request } = context;
    const report = (error: unknown): void => server.report(error, request);
    return withTimeout(timeout, request, context.underlying, report, (call) =>
      invoke(answer, method, new Context(request, call, context.client, context.wire, context.begun), server),
    );
  }

  #answerLate(late: LateAnswer, known: Known, context: Context): Answered {
    const go = (answer: Answer): Answered => {
      known.answer = answer;
      return this.#invoke(known, context);
    };
    const made = late();
    return made instanceof Promise ? made.then(go) : go(made);
  }
}
