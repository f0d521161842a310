import { Client, type Handlers } from "../client/index.ts";
import { LATEST_LEGACY_REVISION, LATEST_REVISION, type Revision } from "../index.ts";
import { type Server, serve } from "../server/index.ts";
import { memory } from "../transports/index.ts";

/** A call to rehearse: of a tool, a prompt or a resource. */
export type RehearsedCall =
  | { readonly tool: string; readonly arguments?: Readonly<Record<string, unknown>> }
  | { readonly prompt: string; readonly arguments?: Readonly<Record<string, string>> }
  | { readonly resource: string };

/** How a call went. */
export interface Outcome {
  readonly revision: Revision;
  /** The result, without what only one era writes. */
  readonly result?: unknown;
  /** What the caller got in place of a result. */
  readonly error?: string;
  /** What was asked on the way, in any order. */
  readonly asked: readonly string[];
}

/** A call that went differently. */
export interface Difference {
  readonly call: RehearsedCall;
  /** Where questions are requests, and the handler runs once. */
  readonly requests: Outcome;
  /** Where questions are answered by another round, and the handler runs once for each. */
  readonly rounds: Outcome;
}

/** Options of {@link rehearse}. */
export interface RehearseOptions {
  /** Answers what the handlers ask, as `on` of a client. The same question must get the same answer. */
  readonly on?: Handlers;
}

/**
 * Makes calls twice, and tells what differs: once in the newest revision in which a question is a request to the client,
 * once in the newest of all, in which a handler runs from the top for each round of questions. A handler that rests on
 * something that changes between its runs (the time, a random number, what it did in the run before) shows here.
 *
 * What handlers do is done twice: rehearse with what may be tried.
 *
 * @returns The calls that went differently; none when all is well.
 * @throws what `Client.connect` throws where the server does not speak one of the two revisions.
 * @example
 * ```ts
 * const on: Handlers = { "elicitation/create": () => ({ action: "accept", content: { nights: 2 } }) };
 * expect(await rehearse(server, [{ tool: "book", arguments: { city: "Oslo" } }], { on })).toEqual([]);
 * ```
 */
export async function rehearse(
  server: Server,
  calls: readonly RehearsedCall[],
  options: RehearseOptions = {},
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const call of calls) {
    const requests = await run(server, call, LATEST_LEGACY_REVISION, options);
    const rounds = await run(server, call, LATEST_REVISION, options);
    if (told(requests) !== told(rounds)) differences.push({ call, requests, rounds });
  }
  return differences;
}

function told({ result, error, asked }: Outcome): string {
  return JSON.stringify([result, error, [...asked].sort()]);
}

async function run(
  server: Server,
  call: RehearsedCall,
  revision: Revision,
  { on = {} }: RehearseOptions,
): Promise<Outcome> {
  const asked: string[] = [];
  const [here, there] = memory();
  const serving = serve(server, there);
  try {
    const client = await Client.connect(here, {
      on: listening(on, asked),
      revisions: [revision],
      capabilities: on["elicitation/create"] === undefined ? {} : { elicitation: { form: {}, url: {} } },
    });
    try {
      return { revision, result: common(await made(client, call)), asked };
    } catch (error) {
      return { revision, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error), asked };
    } finally {
      await client.close();
    }
  } finally {
    await serving.close();
  }
}

function made(client: Client, call: RehearsedCall): Promise<object> {
  if ("tool" in call) return client.callTool(call.tool, call.arguments);
  if ("prompt" in call) return client.getPrompt(call.prompt, call.arguments);
  return client.readResource(call.resource);
}

/** The same handlers, which also note what they are asked. */
function listening(on: Handlers, asked: string[]): Handlers {
  const entries = Object.entries(on).map(([method, handler]) => [
    method,
    (params: Record<string, unknown>, context: unknown) => {
      // The id of a visit is made up for each.
      if (!method.startsWith("notifications/"))
        asked.push(JSON.stringify([method, { ...params, elicitationId: undefined }]));
      return (handler as (params: unknown, context: unknown) => unknown)(params, context);
    },
  ]);
  return Object.fromEntries(entries) as Handlers;
}

/** A result without what only one era writes. */
function common(result: object): object {
  const { resultType: _, ttlMs: __, cacheScope: ___, _meta, ...rest } = result as Record<string, unknown>;
  const own = Object.entries(_meta ?? {}).filter(([name]) => name !== "io.modelcontextprotocol/serverInfo");
  return own.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(own) };
}
