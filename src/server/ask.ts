import { LocalError, MissingRequiredClientCapabilityError, protocolErrorOf } from "../errors.ts";
import { type Call, type Request, Values } from "../jsonrpc/index.ts";
import { type ElicitResult, isSince, methodsOf, type ServerRequests, SINCE } from "../protocol/index.ts";
import { fromSchema, type InferOutput, type Schema } from "../schema/index.ts";
import type { ClientFacts } from "./client-facts.ts";
import { checkForm } from "./form.ts";
import type { Wire } from "./wire.ts";

/** What a question needs to reach the client. */
export interface Asking {
  readonly call: Call;
  readonly client: ClientFacts;
  readonly wire: Wire;
  readonly signal: AbortSignal;
}

/** The answer to a form: the content only when the user accepted. */
export type ElicitAnswer<T> =
  | { readonly action: "accept"; readonly content: T }
  | { readonly action: "decline" | "cancel"; readonly content?: undefined };

/** A question in the words of the protocol. */
export type Question = {
  [M in keyof ServerRequests]: { readonly method: M; readonly params: ServerRequests[M]["params"] };
}[keyof ServerRequests];

/** Several questions, each under a name. */
export type Questions = Readonly<Record<string, Question>>;

/** The answers to {@link Questions}, under the same names. */
export type Answers<Q extends Questions> = { [K in keyof Q]: ServerRequests[Q[K]["method"]]["result"] };

let lastId = 0;

/** Sends one question to the client and gives its answer, checked. */
export async function question<M extends keyof ServerRequests>(
  asking: Asking,
  method: M,
  params: ServerRequests[M]["params"],
): Promise<ServerRequests[M]["result"]> {
  const { call, client, wire } = asking;
  const row = methodsOf(client.version).server.get(method);
  const late = "mode" in params && params.mode === "url" && !isSince(client.version, SINCE.elicitationUrl);
  if (late || !wire.asks || call.ask === undefined || row === undefined) {
    throw new LocalError("no_way_back", `This connection (${client.version}) cannot carry ${method} to the client`);
  }
  const missing = missingCapability(asking, method, params);
  if (missing !== undefined) {
    throw new MissingRequiredClientCapabilityError(`The client cannot do ${method}`, { requiredCapabilities: missing });
  }
  const request: Request = { jsonrpc: "2.0", id: ++lastId, method, params: params as Request["params"] };
  const response = await call.ask(request, { signal: asking.signal, values: new Values(), emit: () => {} });
  if (response.error !== undefined) throw protocolErrorOf(response.error);
  const problem = row.result?.(response.result);
  if (problem !== undefined) throw new LocalError("invalid_response", `The answer to ${method} is invalid: ${problem}`);
  return response.result as ServerRequests[M]["result"];
}

/** Sends several questions at once. */
export async function questions<Q extends Questions>(asking: Asking, asked: Q): Promise<Answers<Q>> {
  const names = Object.keys(asked);
  const answers = await Promise.all(
    names.map((name) => question(asking, (asked[name] as Question).method, (asked[name] as Question).params as never)),
  );
  return Object.fromEntries(names.map((name, at) => [name, answers[at]])) as Answers<Q>;
}

/** Asks for a form to be filled in; what comes back is checked against the schema. */
export async function elicitForm<S extends Schema>(
  asking: Asking,
  message: string,
  schema: S,
): Promise<ElicitAnswer<InferOutput<S>>> {
  const compiled = fromSchema(schema, "input", "the form of an elicitation");
  checkForm(compiled.json, asking.client.version);
  const { $schema: _, ...requestedSchema } = compiled.json as Record<string, unknown>;
  const answer = await question(asking, "elicitation/create", { message, requestedSchema } as never);
  if (answer.action !== "accept") return { action: answer.action };
  const checked = await compiled.validate(answer.content ?? {});
  if (checked.issues !== undefined) {
    const [issue] = checked.issues;
    throw new LocalError(
      "invalid_response",
      `The user's answer does not fit the form: ${issue?.pointer} ${issue?.message}`,
    );
  }
  return { action: "accept", content: checked.value as InferOutput<S> };
}

/** Asks the user to visit a URL. */
export async function elicitUrl(asking: Asking, message: string, url: string): Promise<ElicitResult["action"]> {
  const params = { mode: "url", message, url, elicitationId: crypto.randomUUID() };
  const { action } = await question(asking, "elicitation/create", params as never);
  return action;
}

/** The least set of capabilities that a question needs and the client did not declare. */
function missingCapability(asking: Asking, method: keyof ServerRequests, params: object): object | undefined {
  const { capabilities } = asking.client;
  if (method === "roots/list") return capabilities.roots === undefined ? { roots: {} } : undefined;
  if (method === "elicitation/create") {
    const { elicitation } = capabilities;
    if ("mode" in params && params.mode === "url") {
      return elicitation?.url === undefined ? { elicitation: { url: {} } } : undefined;
    }
    const forms = elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
    return forms ? undefined : { elicitation: { form: {} } };
  }
  if (method !== "sampling/createMessage") return undefined;
  if (capabilities.sampling === undefined) return { sampling: {} };
  const needsTools = ("tools" in params && params.tools !== undefined) || "toolChoice" in params;
  return needsTools && capabilities.sampling.tools === undefined ? { sampling: { tools: {} } } : undefined;
}
