import { ToolError } from "../errors.ts";
import type { Call, Request } from "../jsonrpc/index.ts";
import type {
  CreateMessageRequestParams,
  CreateMessageResult,
  InputResponses,
  Revision,
  Root,
} from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import type { InferOutput, Schema } from "../schema/index.ts";
import type { Answers, AskOptions, ElicitAnswer, Questions } from "./ask.ts";
import { CallContext } from "./call-context.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { Form } from "./form.ts";
import type { Remembered } from "./remembered.ts";
import { Rounds } from "./rounds.ts";
import { quiet } from "./suspension.ts";

/** What a handler gets, always as its last parameter. */
export class Context extends CallContext {
  /**
   * Asks the user to fill in a form. `content` is typed by the schema, and checked against it.
   *
   * @param schema A flat object, of any library or in plain JSON Schema (`FormSchema`).
   * @throws DefinitionError for a field that no form can have; it is an error of the compiler, too.
   * @throws LocalError `not_supported` for a choice of several on 2025-06-18.
   * @throws MissingRequiredClientCapabilityError when the client cannot show forms.
   * @throws LocalError `no_way_back` when this connection cannot carry questions to the client.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
   */
  elicit<S extends Schema>(
    message: string,
    schema: S & Form<S>,
    options: AskOptions = {},
  ): Promise<ElicitAnswer<InferOutput<S>>> {
    return this.asking((part, asking) => part.elicitForm(asking, message, schema, options.key));
  }

  /**
   * Asks the user to visit a URL; `accept` means that they agreed to, not that they are done there.
   *
   * @param options `elicitationId` names the visit for {@link visited}. Default: a random one.
   */
  elicitUrl(
    message: string,
    url: string,
    options: AskOptions & { readonly elicitationId?: string } = {},
  ): Promise<"accept" | "decline" | "cancel"> {
    return this.asking((part, asking) => part.elicitUrl(asking, message, url, options));
  }

  /** Tells the client that the user is done at a URL, by the `elicitationId` (2025-11-25; nothing on other revisions). */
  visited(elicitationId: string): void | Promise<void> {
    const method = "notifications/elicitation/complete";
    if (!methodsOf(this.client.version).notifications.has(method)) return;
    return this.emit({ jsonrpc: "2.0", method, params: { elicitationId } });
  }

  /** Asks the user a question to be answered by yes or no. */
  confirm(message: string, options: AskOptions = {}): Promise<boolean> {
    const answered = this.elicit(message, { type: "object", properties: {} }, options);
    return quiet(answered.then(({ action }) => action === "accept"));
  }

  /** Like {@link elicit}, but gives the content at once; the tool fails when the user declines. */
  require<S extends Schema>(message: string, schema: S & Form<S>, options: AskOptions = {}): Promise<InferOutput<S>> {
    return quiet(
      this.asking((part, asking) => part.elicitForm<S>(asking, message, schema, options.key)).then((answer) => {
        if (answer.action === "accept") return answer.content;
        throw new ToolError(`The user answered "${answer.action}" to: ${message}`);
      }),
    );
  }

  /**
   * Asks the client's model for a completion.
   *
   * @deprecated Since 2026-07-28; call a model's own interface instead.
   */
  sample(params: CreateMessageRequestParams, options: AskOptions = {}): Promise<CreateMessageResult> {
    return this.asking((part, asking) => part.question(asking, "sampling/createMessage", params, options.key));
  }

  /**
   * Asks the client for the folders that it works in.
   *
   * @deprecated Since 2026-07-28; take paths as arguments or configuration instead.
   */
  roots(options: AskOptions = {}): Promise<readonly Root[]> {
    const asked = this.asking((part, asking) => part.question(asking, "roots/list", {}, options.key));
    return quiet(asked.then(({ roots }) => roots));
  }

  /** Asks several questions at once; the answers come under the names of the questions. */
  ask<Q extends Questions>(asked: Q): Promise<Answers<Q>> {
    return this.asking((part, asking) => part.questions(asking, asked));
  }

  /**
   * Does a step whose outcome later rounds of the same call reuse. What it gives must be JSON, and passes through JSON.
   *
   * A step is done at least once: again when the process ends before the round does, or when a client repeats an old
   * round. What must not be done twice is done under {@link requestKey}.
   *
   * @throws DefinitionError when the name was used before in this call: give each turn of a loop a name of its own.
   */
  once<T>(name: string, step: () => T | Promise<T>): Promise<T> {
    return this.asking((_, { round }) => round.once(name, step) as Promise<T>);
  }

  /** Leaves an undo step that runs if the call as a whole fails; the last one left runs first. */
  defer(undo: () => unknown): void {
    void this.asking((_, { round }) => round.defer(undo));
  }

  /** Stable over all rounds of one call, and different between calls: an idempotency key. */
  get requestKey(): string {
    return this.rounds.key;
  }

  /** The answers to what {@link inputRequired} asked; `undefined` in the first round. */
  get inputResponses(): Readonly<InputResponses> | undefined {
    return this.begun?.round?.responses as InputResponses | undefined;
  }

  /** What {@link inputRequired} was to remember, as it was; `undefined` in the first round. */
  get requestState(): unknown {
    return this.begun?.round?.own;
  }

  /**
   * @internal Another request of the same client over another call, whose `ask` is the way to the client: a call of its
   * own, of which `keep` is told whenever there is more to remember, and awaited before the handler goes on.
   */
  apart(call: Call, request: Request, client: ClientFacts, keep: (remembered: Remembered) => Promise<void>): Context {
    const rounds = new Rounds({ request, binding: call.binding }, keep);
    return new Context(request, call, client, this.wire, rounds, "requests");
  }

  /** @internal What is wrong with an answer to a question of this method, or undefined. */
  answerProblem(version: Revision, method: string, answer: unknown): string | undefined {
    return methodsOf(version).questions.get(method)?.result?.(answer);
  }
}
