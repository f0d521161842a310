import { DefinitionError, LocalError, MissingRequiredClientCapabilityError, protocolErrorOf } from "../errors.ts";
import { type Call, deriveCall, type Params, type Request } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type ElicitResult,
  type InputRequests,
  isSince,
  SINCE,
  type Method,
  type ServerRequests,
} from "../protocol/index.ts";
import { methodsOf, type TraceContext } from "../protocol/methods/index.ts";
import { fromSchema, type InferOutput, type Schema } from "../schema/index.ts";
import type { ClientFacts } from "./client-facts.ts";
import { toForm } from "./form.ts";
import type { Round } from "./round.ts";
import { quiet } from "./suspension.ts";
import type { Way, Wire } from "./wire.ts";

/** What a question needs to reach the client. */
export interface Asking {
  readonly call: Call;
  readonly client: ClientFacts;
  /** How questions travel: as requests of their own, or in the result, to be answered by another round. */
  readonly way: Way | undefined;
  readonly wire: Wire;
  /** What a question that is a request of its own hands on. */
  readonly trace: TraceContext;
  readonly round: Round;
}

/** What a question may have beside its content. */
export interface AskOptions {
  /**
   * Names the question within its call, so that it stays the same one in later rounds although its words change. Default:
   * its content does.
   */
  readonly key?: string;
}

/** Options of a question by which the user visits a URL; all have defaults. */
export interface UrlOptions extends AskOptions {
  /** Names the visit, for `Context.visited` (2025-11-25). Default: a random one. */
  readonly elicitationId?: string | undefined;
}

/** The answer to a form: the content only when the user accepted. */
export type ElicitAnswer<T> =
  | { readonly action: "accept"; readonly content: T }
  | { readonly action: "decline" | "cancel"; readonly content?: undefined };

/** What a server may ask. */
type Asked = Exclude<keyof ServerRequests, "ping">;

/** A question in the words of the protocol. */
export type Question = {
  [M in Asked]: { readonly method: M; readonly params: ServerRequests[M]["params"] };
}[Asked];

/** Several questions, each under a name. */
export type Questions = Readonly<Record<string, Question>>;

/** The answers to {@link Questions}, under the same names. */
export type Answers<Q extends Questions> = { [K in keyof Q]: ServerRequests[Q[K]["method"]]["result"] };

/** Asks one question. The promise that it gives is looked after: it may be left alone. */
export function question<M extends Asked>(
  asking: Asking,
  method: M,
  params: ServerRequests[M]["params"],
  key?: string,
): Promise<ServerRequests[M]["result"]> {
  const { client, way, round } = asking;
  const row = methodsOf(client.version).questions.get(method);
  const problem = refusal(asking, method, params, row);
  if (problem !== undefined || row === undefined) return quiet(Promise.reject(problem));
  asking.wire.deprecated(row);
  const send = (): Promise<unknown> => quiet(sent(asking, row, params as Params));
  const asked = round.ask(method, params as Params, key, way === "requests" ? send : undefined);
  return asked as Promise<ServerRequests[M]["result"]>;
}

/** Asks several questions at once. */
export async function questions<Q extends Questions>(asking: Asking, asked: Q): Promise<Answers<Q>> {
  checkQuestions(asking, asked);
  const names = Object.keys(asked);
  const answers = await Promise.all(
    names.map((name) => {
      const { method, params } = asked[name] as Question;
      return question(asking, method, params as never, name);
    }),
  );
  return Object.fromEntries(names.map((name, at) => [name, answers[at]])) as Answers<Q>;
}

/** Asks what a handler asked by its result. */
export async function questionsByHand(asking: Asking, asked: InputRequests): Promise<Record<string, unknown>> {
  checkQuestions(asking, asked);
  const { questions } = methodsOf(asking.client.version);
  const answers = Object.entries(asked).map(async ([key, { method, params = {} }]) => {
    return [key, await sent(asking, questions.get(method) as Method, params)] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** Refuses questions that cannot reach the client. */
export function checkQuestions(asking: Asking, asked: InputRequests): void {
  const { client } = asking;
  for (const { method, params = {} } of Object.values(asked)) {
    const row = methodsOf(client.version).questions.get(method);
    const problem = refusal(asking, method, params, row);
    if (problem !== undefined) throw problem;
    asking.wire.deprecated(row);
  }
}

let lastId = 0;

async function sent({ call, trace }: Asking, { name, result }: Method, params: Params): Promise<unknown> {
  const meta = { ...trace, ...(params["_meta"] as object | undefined) };
  const whole = Object.keys(meta).length === 0 ? params : { ...params, _meta: meta };
  const request: Request = { jsonrpc: "2.0", id: ++lastId, method: name, params: whole };
  const response = await call.ask?.(request, deriveCall(call, { emit: () => {} }));
  if (response?.error !== undefined) throw protocolErrorOf(response.error);
  const problem = result?.(response?.result);
  if (problem !== undefined) throw new LocalError("invalid_response", `The answer to ${name} is invalid: ${problem}`);
  return response?.result;
}

/** Asks for a form to be filled in; what comes back is checked against the schema. */
export async function elicitForm<S extends Schema>(
  asking: Asking,
  message: string,
  schema: S,
  key: string | undefined,
): Promise<ElicitAnswer<InferOutput<S>>> {
  const compiled = fromSchema(schema, "input", "the form of an elicitation");
  const requestedSchema = toForm(compiled.json, asking.client.version);
  const answer = await question(asking, "elicitation/create", { message, requestedSchema }, key);
  if (answer.action !== "accept") return { action: answer.action };
  const checked = await compiled.validate(answer.content ?? {});
  if (checked.issues !== undefined) {
    const [issue] = checked.issues;
    const told = `The user's answer does not fit the form: ${issue?.pointer} ${issue?.message}`;
    throw new LocalError("invalid_response", told);
  }
  return { action: "accept", content: checked.value as InferOutput<S> };
}

/** Asks the user to visit a URL. */
export async function elicitUrl(
  asking: Asking,
  message: string,
  url: string,
  { key, elicitationId }: UrlOptions,
): Promise<ElicitResult["action"]> {
  const { version } = asking.client;
  const named = isSince(version, SINCE.rounds) ? {} : { elicitationId: elicitationId ?? crypto.randomUUID() };
  const { action } = await question(asking, "elicitation/create", { mode: "url", message, url, ...named }, key);
  return action;
}

/** Why a question is not asked. */
function refusal(asking: Asking, method: string, params: object, row: Method | undefined): Error | undefined {
  const problem = noWay(asking, method, params, row);
  if (problem !== undefined) return problem;
  const requiredCapabilities = missing(asking.client.capabilities, method, params);
  if (requiredCapabilities !== undefined) {
    return new MissingRequiredClientCapabilityError(`The client cannot do ${method}`, { requiredCapabilities });
  }
  const wrong = row?.params(params);
  return wrong === undefined ? undefined : new DefinitionError(`The question ${method} is none: ${wrong}`);
}

/** Why a question cannot reach the client. */
function noWay(asking: Asking, method: string, params: object, row: Method | undefined): LocalError | undefined {
  const { way, call } = asking;
  const { version } = asking.client;
  const late = "mode" in params && params.mode === "url" && !isSince(version, SINCE.elicitationUrl);
  if (row !== undefined && !late && (way === "rounds" || (way === "requests" && call.ask !== undefined)))
    return undefined;
  return new LocalError("no_way_back", `This connection (${version}) cannot carry ${method} to the client`);
}

/** The least set of capabilities that a question needs and the client did not declare. */
function missing(capabilities: ClientCapabilities, method: string, params: object): object | undefined {
  if (method === "roots/list") return capabilities.roots === undefined ? { roots: {} } : undefined;
  if (method === "elicitation/create") {
    const { elicitation } = capabilities;
    if ("mode" in params && params.mode === "url") {
      return elicitation?.url === undefined ? { elicitation: { url: {} } } : undefined;
    }
    const forms = elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
    return forms ? undefined : { elicitation: { form: {} } };
  }
  if (capabilities.sampling === undefined) return { sampling: {} };
  const needsTools = ("tools" in params && params.tools !== undefined) || "toolChoice" in params;
  return needsTools && capabilities.sampling.tools === undefined ? { sampling: { tools: {} } } : undefined;
}
