import { afterEach, describe, expect, expectTypeOf, vi } from "vitest";
import { z } from "zod";
import type { ClientOptions, Handlers, RequestOptions } from "../../src/client/index.ts";
import type { Middleware, Params, Request } from "../../src/jsonrpc/index.ts";
import type {
  CallToolResult,
  GetPromptResult,
  InputRequests,
  InputRequiredResult,
  ReadResourceResult,
} from "../../src/protocol/index.ts";
import { everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import type { Script } from "./by-hand.ts";
import type { Joint } from "./joint.ts";
import { ASKING } from "./rounds.ts";

afterEach(() => {
  vi.useRealTimers();
});

const form = (message: string, properties: object = {}, required?: readonly string[]) => ({
  method: "elicitation/create" as const,
  params: { message, requestedSchema: { type: "object" as const, properties: properties as never, required } },
});

const asks = (inputRequests?: InputRequests, requestState?: string): InputRequiredResult => ({
  resultType: "input_required",
  ...(inputRequests === undefined ? {} : { inputRequests }),
  ...(requestState === undefined ? {} : { requestState }),
});

const DONE = { content: [{ type: "text", text: "done" }] };

/** A server that gives these results to a method, one after the other. */
const replies = (...results: object[]): Script["tools/call"] => {
  let round = 0;
  return () => results[round++];
};

const requests = (joint: Joint, method = "tools/call"): Request[] => joint.tap.from("client", method) as Request[];
const params = (joint: Joint, method?: string): Params[] => requests(joint, method).map(({ params = {} }) => params);

const accept: Handlers = { "elicitation/create": () => ({ action: "accept" }) };

async function calling(
  joint: Joint,
  results: object[],
  options: ClientOptions = { on: accept },
  request?: RequestOptions,
) {
  const { client, server } = await joint.connectTo({ "tools/call": replies(...results) }, options);
  return {
    client,
    server,
    outcome: client.callTool("book", { city: "Oslo" }, request).catch((error: unknown) => error),
  };
}

const turn = async (): Promise<void> => {
  for (let at = 0; at < 20; at++) await new Promise((resolve) => setImmediate(resolve));
};

describe("MRTR-4, MRTR-5: a result that asks back", () => {
  inMemory("is answered, and the same request sent again with what belongs to it", MODERN, async (joint) => {
    const state = 'é"\\\n\u2028\u{1f600}';
    const handlers: Handlers = {
      "elicitation/create": ({ message }) => ({ action: "accept", content: { said: message } }),
      "roots/list": () => ({ roots: [{ uri: "file:///a" }] }),
      "sampling/createMessage": () => ({ role: "assistant", content: { type: "text", text: "Ho" }, model: "m" }),
    };
    const questions: InputRequests = {
      a: form("A?", { said: { type: "string" } }),
      "the roots": { method: "roots/list" },
      c: { method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } },
    };
    const { outcome } = await calling(joint, [asks(questions, state), DONE], { on: handlers }, { meta: { "x/y": 1 } });
    expect(await outcome).toMatchObject(DONE);
    const [first, second] = requests(joint);
    expect(first?.params).not.toHaveProperty("inputResponses");
    expect(first?.params).not.toHaveProperty("requestState");
    expect(second?.id).not.toBe(first?.id);
    expect(second?.params).toEqual({
      ...first?.params,
      inputResponses: {
        a: { action: "accept", content: { said: "A?" } },
        "the roots": { roots: [{ uri: "file:///a" }] },
        c: { role: "assistant", content: { type: "text", text: "Ho" }, model: "m" },
      },
      requestState: state,
    });
    expect(second?.params?.["_meta"]).toMatchObject({ "x/y": 1 });
  });

  inMemory("MRTR-1: works with resources/read and prompts/get", MODERN, async (joint) => {
    const contents = [{ uri: "x://a", text: "A" }];
    const messages = [{ role: "user", content: { type: "text", text: "A" } }];
    const { client } = await joint.connectTo(
      {
        "resources/read": replies(asks({ q: form("?") }, "s"), { contents, ttlMs: 0, cacheScope: "private" }),
        "prompts/get": replies(asks({ q: form("?") }, "s"), { messages }),
      },
      { on: accept },
    );
    expect(await client.readResource("x://a")).toMatchObject({ contents });
    expect(await client.getPrompt("p", { a: "b" })).toMatchObject({ messages });
    const answers = { inputResponses: { q: { action: "accept", content: {} } }, requestState: "s" };
    expect(params(joint, "resources/read")[1]).toMatchObject({ uri: "x://a", ...answers });
    expect(params(joint, "prompts/get")[1]).toMatchObject({ name: "p", arguments: { a: "b" }, ...answers });
  });

  inMemory("has a state in one round and none in the next: it is absent then", MODERN, async (joint) => {
    const { outcome } = await calling(joint, [asks({ a: form("A?") }, "one"), asks({ b: form("B?") }), DONE]);
    expect(await outcome).toMatchObject(DONE);
    const [, second, third] = params(joint);
    expect(second).toMatchObject({ inputResponses: { a: {} }, requestState: "one" });
    expect(Object.keys(third?.["inputResponses"] as object)).toEqual(["b"]);
    expect(third).not.toHaveProperty("requestState");
  });

  inMemory("asks its questions side by side", MODERN, async (joint) => {
    const open: string[] = [];
    const gates: (() => void)[] = [];
    const { outcome } = await calling(joint, [asks({ a: form("A"), b: form("B") }), DONE], {
      on: {
        "elicitation/create": ({ message }) => {
          open.push(message);
          return new Promise((resolve) => {
            gates.push(() => resolve({ action: "decline" }));
          });
        },
      },
    });
    await vi.waitFor(() => expect(open).toEqual(["A", "B"]));
    for (const gate of gates.reverse()) gate();
    expect(await outcome).toMatchObject(DONE);
  });

  inMemory("MRTR-7: whoever declines or cancels has answered", MODERN, async (joint) => {
    const { outcome } = await calling(joint, [asks({ a: form("decline"), b: form("cancel") }), DONE], {
      on: { "elicitation/create": ({ message }) => ({ action: message as "decline", content: { secret: "x" } }) },
    });
    expect(await outcome).toMatchObject(DONE);
    expect(params(joint)[1]?.["inputResponses"]).toEqual({ a: { action: "decline" }, b: { action: "cancel" } });
  });

  inMemory("T-34: two calls of one tool keep what is theirs", MODERN, async (joint) => {
    const { client } = await joint.connectTo(
      {
        "tools/call": ({ arguments: { n } = {} as never, requestState, inputResponses }: any) =>
          requestState === undefined
            ? asks({ q: form(`${n}`, { n: { type: "string" } }) }, `state ${n}`)
            : { content: [{ type: "text", text: `${n} ${requestState} ${inputResponses.q.content.n}` }] },
        "tools/list": () => ({ tools: [], ttlMs: 0, cacheScope: "private" }),
      },
      { on: { "elicitation/create": ({ message }) => ({ action: "accept", content: { n: message } }) } },
    );
    const list = async (): Promise<void> => {
      for await (const _ of client.tools()) continue;
    };
    const [one, two] = await Promise.all([client.call("a", { n: 1 }), client.call("a", { n: 2 }), list()]);
    expect([one, two]).toEqual(["1 state 1 1", "2 state 2 2"]);
    for (const other of params(joint, "tools/list")) expect(Object.keys(other)).toEqual(["_meta"]);
  });

  inMemory("is seen by middleware, round by round", MODERN, async (joint) => {
    const seen: unknown[] = [];
    const watching: Middleware = (next) => async (request, call) => {
      const response = await next(request, call);
      seen.push((response.result as { resultType: string }).resultType);
      return response;
    };
    const { outcome } = await calling(joint, [asks({ a: form("?") }), DONE], { on: accept, middleware: [watching] });
    await outcome;
    expect(seen.slice(-2)).toEqual(["input_required", "complete"]);
  });

  inMemory("that never ends is given up after 10 rounds", MODERN, async (joint) => {
    const { client } = await joint.connectTo({ "tools/call": () => asks({ a: form("?") }) }, { on: accept });
    await expect(client.call("a")).rejects.toMatchObject({ code: "limit", data: { limit: "rounds" } });
    expect(requests(joint)).toHaveLength(11);
    expect(joint.tap.from("client", "notifications/cancelled")).toEqual([]);
  });
});

describe("a result with more questions than a client answers at once", () => {
  inMemory("is the end of its call", MODERN, async (joint) => {
    let reached = 0;
    const on: Handlers = {
      "roots/list": () => {
        reached++;
        return { roots: [] };
      },
    };
    const many = (count: number): InputRequests =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`q${at}`, { method: "roots/list" as const }]));
    const most = await calling(joint, [asks(many(16)), DONE], { on });
    expect(await most.outcome).toMatchObject(DONE);
    const { outcome } = await calling(joint, [asks(many(17))], { on });
    expect(await outcome).toMatchObject({ name: "LocalError", code: "limit", data: { limit: "questions" } });
    expect(reached).toBe(16);
    expect(requests(joint)).toHaveLength(1);
  });
});

describe("T-31: a result with a state alone", () => {
  inMemory("is come back to, after pauses that grow", MODERN, async (joint) => {
    const { client } = await joint.connectTo({ "tools/call": () => asks(undefined, "later") });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const outcome = client.call("a").catch((error: unknown) => error);
    const pauses: number[] = [];
    for (const pause of [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]) {
      await turn();
      const sent = requests(joint).length;
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(requests(joint)).toHaveLength(sent);
      await vi.advanceTimersByTimeAsync(1);
      await turn();
      if (requests(joint).length === sent + 1) pauses.push(pause);
    }
    expect(pauses).toHaveLength(10);
    expect(await outcome).toMatchObject({ code: "limit" });
    for (const again of params(joint).slice(1)) {
      expect(again["requestState"]).toBe("later");
      expect(again).not.toHaveProperty("inputResponses");
    }
  });

  inMemory("is not come back to once the call was given up", MODERN, async (joint) => {
    const abort = new AbortController();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { outcome } = await calling(joint, [asks(undefined, "later")], {}, { signal: abort.signal });
    await turn();
    abort.abort("enough");
    expect(await outcome).toMatchObject({ code: "aborted", cause: "enough" });
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(vi.getTimerCount()).toBe(0);
    expect(requests(joint)).toHaveLength(1);
  });
});

describe("T-32: a call that ends while its questions are answered", () => {
  const pending = (signals: AbortSignal[], reached: () => void): ClientOptions => ({
    on: {
      "elicitation/create": (_, { signal }) => {
        signals.push(signal);
        reached();
        return new Promise(() => {});
      },
    },
  });

  inMemory("by its signal: whoever answers is told, nothing is sent", MODERN, async (joint) => {
    const abort = new AbortController();
    const signals: AbortSignal[] = [];
    const on = pending(signals, () => abort.abort("enough"));
    const { client, outcome } = await calling(joint, [asks({ a: form("?") })], on, { signal: abort.signal });
    expect(await outcome).toMatchObject({ name: "LocalError", code: "aborted", cause: "enough" });
    expect(signals[0]).toMatchObject({ aborted: true, reason: "enough" });
    await client.ping();
    expect(requests(joint)).toHaveLength(1);
    expect(joint.tap.from("client", "notifications/cancelled")).toEqual([]);
  });

  inMemory("by its signal that fired before the questions came", MODERN, async (joint) => {
    const abort = new AbortController();
    const signals: AbortSignal[] = [];
    const late: Middleware = (next) => async (request, call) => {
      const response = await next(request, call);
      if (request.method === "tools/call") abort.abort();
      return response;
    };
    const options = { ...pending(signals, () => {}), middleware: [late] };
    const { outcome } = await calling(joint, [asks({ a: form("?") })], options, { signal: abort.signal });
    expect(await outcome).toMatchObject({ code: "aborted" });
    expect(signals).toEqual([]);
  });

  inMemory("by its time in all, and not by the time that a server may be silent", MODERN, async (joint) => {
    const signals: AbortSignal[] = [];
    const { client } = await joint.connectTo(
      { "tools/call": () => asks({ a: form("?") }) },
      pending(signals, () => {}),
    );
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const outcome = client.call("a", {}, { timeout: 1000, totalTimeout: 5000 }).catch((error: unknown) => error);
    await turn();
    await vi.advanceTimersByTimeAsync(4999);
    expect(signals[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ code: "timeout", data: { timeout: 5000 } });
    expect(signals[0]?.aborted).toBe(true);
    expect(requests(joint)).toHaveLength(1);
  });

  inMemory("TIME-1: has new patience with each round, and one for all of them", MODERN, async (joint) => {
    const { client, server } = await joint.connectTo({ "tools/call": () => undefined }, { on: accept });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const outcome = client.call("a", {}, { timeout: 1000, totalTimeout: 2500 }).catch((error: unknown) => error);
    for (let round = 1; round <= 2; round++) {
      await turn();
      await vi.advanceTimersByTimeAsync(900);
      server.answer((requests(joint).at(-1) as Request).id, asks({ a: form("?") }));
      await turn();
      expect(requests(joint)).toHaveLength(round + 1);
    }
    await vi.advanceTimersByTimeAsync(700);
    expect(await outcome).toMatchObject({ code: "timeout", data: { timeout: 2500 } });
    await turn();
    expect(joint.tap.from("client", "notifications/cancelled")).toMatchObject([
      { params: { requestId: requests(joint).at(-1)?.id } },
    ]);
  });

  inMemory("by the end of the connection, from either side", MODERN, async (joint) => {
    for (const end of ["client", "server"] as const) {
      const signals: AbortSignal[] = [];
      let reached = (): void => {};
      const asked = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const ends = await calling(
        joint,
        [asks({ a: form("?") })],
        pending(signals, () => reached()),
      );
      await asked;
      await ends[end].close();
      expect(await ends.outcome).toMatchObject({ name: "LocalError", code: "closed" });
      expect(signals[0]?.aborted).toBe(true);
    }
  });
});

describe("MRTR-7: a question without an answer is the end of its call", () => {
  inMemory("when a handler throws: its error is the cause, and the others are told", MODERN, async (joint) => {
    for (const cause of [new Error("no screen"), "text", null]) {
      const signals: AbortSignal[] = [];
      const { outcome } = await calling(joint, [asks({ slow: { method: "roots/list" }, bad: form("?") }, "s")], {
        on: {
          "roots/list": (_, { signal }) => {
            signals.push(signal);
            return new Promise(() => {});
          },
          "elicitation/create": () => Promise.reject(cause),
        },
      });
      expect(await outcome).toMatchObject({
        name: "LocalError",
        code: "unanswered",
        cause,
        data: { key: "bad", method: "elicitation/create" },
      });
      expect(signals[0]?.aborted).toBe(true);
      expect(requests(joint)).toHaveLength(1);
    }
  });

  inMemory("MRTR-2: when it needs what this client did not declare", MODERN, async (joint) => {
    const never = (): never => {
      throw new Error("not to be reached");
    };
    const on: Handlers = { "elicitation/create": never, "sampling/createMessage": never };
    const sampling = (more: object) => ({
      method: "sampling/createMessage" as const,
      params: { messages: [], maxTokens: 1, ...more },
    });
    const url = {
      method: "elicitation/create" as const,
      params: { mode: "url" as const, message: "?", url: "https://a" },
    };
    const questions: [InputRequests[string], string, ClientOptions][] = [
      [{ method: "roots/list" }, "no handler for roots/list", { on }],
      [{ method: "roots/list" }, "no handler for roots/list", { capabilities: { roots: {} } }],
      [url, "elicitation.url", { on }],
      [form("?"), "elicitation.form", { on, capabilities: { elicitation: { url: {} } } }],
      [sampling({ tools: [] }), "sampling.tools", { on }],
      [sampling({ toolChoice: { mode: "auto" } }), "sampling.tools", { on }],
    ];
    for (const [question, missing, options] of questions) {
      const { outcome } = await calling(joint, [asks({ q: question })], options);
      expect(await outcome).toMatchObject({ code: "unanswered", message: expect.stringContaining(missing) });
      expect(requests(joint)).toHaveLength(1);
    }
  });

  inMemory("when an answer is none", MODERN, async (joint) => {
    const results: object[] = [{ roots: [{ uri: "https://example.com" }] }, { roots: 5 }, {}];
    for (const result of results) {
      const { outcome } = await calling(joint, [asks({ q: { method: "roots/list" } })], {
        on: { "roots/list": () => result as never },
      });
      expect(await outcome).toMatchObject({ code: "unanswered", cause: { name: "TypeError" } });
      expect(requests(joint)).toHaveLength(1);
    }
  });
});

describe("a result that asks back, and must not or not so", () => {
  inMemory("is no answer", MODERN, async (joint) => {
    const wrong: object[] = [
      asks(),
      { ...asks(), inputRequests: [] },
      { ...asks(), inputRequests: { q: { method: "tools/call", params: { name: "x" } } } },
      { ...asks(), inputRequests: { q: { method: "elicitation/create", params: {} } } },
      { ...asks(), requestState: 5 },
    ];
    for (const result of wrong) {
      const { server, client } = await joint.connectTo({ "tools/call": () => undefined }, { on: accept });
      const outcome = client.callTool("a").catch((error: unknown) => error);
      const { id } = await server.asked("tools/call");
      server.bad({ jsonrpc: "2.0", id, result });
      expect(await outcome).toMatchObject({ name: "LocalError", code: "invalid_response" });
      expect(requests(joint)).toHaveLength(1);
    }
  });

  inMemory("MRTR-1: comes from a method that must not ask", MODERN, async (joint) => {
    const { server, client } = await joint.connectTo({ "tools/list": () => undefined }, { on: accept });
    const outcome = client.request("tools/list", {}, { input: "manual" }).catch((error: unknown) => error);
    const { id } = await server.asked("tools/list");
    server.bad({ jsonrpc: "2.0", id, result: asks({ q: form("?") }) });
    expect(await outcome).toMatchObject({ name: "LocalError", code: "invalid_response" });
  });

  inMemory("comes in a revision that has no such result", LEGACY, async (joint) => {
    const { client, server } = await joint.connectTo({ "tools/call": () => undefined }, { on: accept });
    const outcome = client.callTool("a").catch((error: unknown) => error);
    const { id } = await server.asked("tools/call");
    server.bad({ jsonrpc: "2.0", id, result: { ...DONE, ...asks({}, "s") } });
    expect(await outcome).toMatchObject({ name: "LocalError", code: "invalid_response" });
  });
});

describe("a caller that answers by hand", () => {
  inMemory("gets what the server asks, and sends the answers with the next round", MODERN, async (joint) => {
    const { client } = await joint.connectTo({
      "tools/call": replies(asks({ q: form("?") }, "s"), asks(undefined, "t"), DONE),
      "prompts/get": () => asks({ q: form("?") }),
      "resources/read": () => asks({ q: form("?") }),
    });
    const manual = { input: "manual" } as const;
    const first = await client.callTool("a", { b: 1 }, manual);
    if (first.resultType !== "input_required") throw new Error("it asks nothing");
    expect(first).toEqual(asks({ q: form("?") }, "s"));
    const { requestState } = first;
    const inputResponses = { q: { action: "decline" as const } };
    const second = await client.callTool("a", { b: 1 }, { ...manual, inputResponses, requestState });
    expect(second).toEqual(asks(undefined, "t"));
    expect(params(joint)[1]).toMatchObject({ name: "a", arguments: { b: 1 }, inputResponses, requestState: "s" });
    const third = await client.callTool("a", { b: 1 }, { ...manual, requestState: "t" });
    expect(third).toMatchObject(DONE);
    expect(params(joint)[2]).not.toHaveProperty("inputResponses");
    expect(await client.getPrompt("p", undefined, manual)).toMatchObject({ resultType: "input_required" });
    expect(await client.readResource("x://a", manual)).toMatchObject({ resultType: "input_required" });
    expect(await client.request("prompts/get", { name: "p" }, manual)).toMatchObject({ resultType: "input_required" });
    expect(requests(joint, "prompts/get")).toHaveLength(2);
  });

  inMemory("may leave the rounds after its own to the handlers", MODERN, async (joint) => {
    const { client } = await joint.connectTo({ "tools/call": replies(asks({ r: form("?") }), DONE) }, { on: accept });
    const inputResponses = { q: { action: "decline" as const } };
    expect(await client.callTool("a", {}, { inputResponses, requestState: "s" })).toMatchObject(DONE);
    expect(params(joint)[0]).toMatchObject({ inputResponses, requestState: "s" });
    expect(params(joint)[1]?.["inputResponses"]).toEqual({ r: { action: "accept", content: {} } });
    expect(params(joint)[1]).not.toHaveProperty("requestState");
  });

  inMemory("MRTR-4: or in the parameters: no later round has what belongs to an earlier one", MODERN, async (joint) => {
    const { client } = await joint.connectTo({ "tools/call": replies(asks({ r: form("?") }), DONE) }, { on: accept });
    const inputResponses = { q: { action: "decline" as const } };
    const given = { name: "a", arguments: {}, inputResponses, requestState: "s" };
    expect(await client.request("tools/call", given)).toMatchObject(DONE);
    expect(params(joint)[0]).toMatchObject({ inputResponses, requestState: "s" });
    expect(params(joint)[1]?.["inputResponses"]).toEqual({ r: { action: "accept", content: {} } });
    expect(params(joint)[1]).not.toHaveProperty("requestState");
  });

  inMemory("MRTR-4: cannot send answers with a request that takes none", [...LEGACY, ...MODERN], async (joint) => {
    const { client } = await joint.connectTo({});
    const method = MODERN.includes(joint.revision) ? "tools/list" : "tools/call";
    await expect(client.request(method, { name: "a" }, { requestState: "s" })).rejects.toMatchObject({
      code: "not_supported",
    });
    expect(requests(joint, method)).toEqual([]);
  });

  inMemory("is told so by the types, and nobody else", MODERN, async (joint) => {
    const { client } = await joint.connectTo({ "tools/call": () => DONE, "prompts/get": () => ({ messages: [] }) });
    const manual = { input: "manual" } as const;
    expectTypeOf(await client.callTool("a", {}, manual)).toEqualTypeOf<CallToolResult | InputRequiredResult>();
    expectTypeOf(await client.callTool("a", {}, { timeout: 1000 })).toEqualTypeOf<CallToolResult>();
    const read = () => client.readResource("x://a");
    expectTypeOf<ReturnType<typeof read>>().resolves.toEqualTypeOf<ReadResourceResult>();
    const prompt = await client.request("prompts/get", { name: "p" }, manual);
    expectTypeOf(prompt).toEqualTypeOf<GetPromptResult | InputRequiredResult>();
    expectTypeOf(await client.getPrompt("p")).toEqualTypeOf<GetPromptResult>();
    type Params = Parameters<NonNullable<Handlers["elicitation/create"]>>[0];
    expectTypeOf<Extract<Params, { mode: "url" }>["url"]>().toEqualTypeOf<string>();
  });

  inMemory("uses callTool, since call has no place for questions", MODERN, async (joint) => {
    const { client } = await joint.connectTo({});
    // @ts-expect-error: the types say so.
    await expect(client.call("a", {}, { input: "manual" })).rejects.toMatchObject({ name: "DefinitionError" });
  });
});

describe("ROOT-1: roots that change", () => {
  inMemory("are told of by nobody: the server asks anew with each call", MODERN, async (joint) => {
    const { client } = await joint.connectTo({}, { on: { "roots/list": () => ({ roots: [] }) } });
    await client.rootsChanged();
    await client.ping();
    expect(joint.tap.from("client", "notifications/roots/list_changed")).toEqual([]);
    const meta = params(joint, "server/discover").at(-1)?.["_meta"];
    expect(meta).toMatchObject({ "io.modelcontextprotocol/clientCapabilities": { roots: {} } });
  });
});

describe("PROG-1: progress of a call with rounds", () => {
  inMemory("has a token of its own in each, and never goes backwards", MODERN, async (joint) => {
    const told: number[] = [];
    const { client } = await joint.connectTo(
      {
        "tools/call": ({ _meta, inputResponses }, _request, server) => {
          const { progressToken } = _meta as { progressToken: string };
          for (const progress of inputResponses === undefined ? [1, 2] : [1, 2, 3]) {
            server.notify("notifications/progress", { progressToken, progress });
          }
          return inputResponses === undefined ? asks({ a: form("?") }) : DONE;
        },
      },
      { on: accept },
    );
    await client.call("a", {}, { onProgress: ({ progress }) => told.push(progress) });
    expect(told).toEqual([1, 2, 3]);
    const tokens = params(joint).map(({ _meta }) => (_meta as { progressToken: unknown }).progressToken);
    expect(new Set(tokens).size).toBe(2);
  });
});

describe("a server that asks, and a client that answers", () => {
  everywhere("come to the same in every revision", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = joint
      .server()
      .tool("book", { input: z.object({ city: z.string() }) }, async ({ city }, context) => {
        const { nights } = await context.require(`Nights in ${city}?`, z.object({ nights: z.int().default(2) }));
        const [sure, roots] = await Promise.all([context.confirm("Sure?"), context.roots()]);
        return `${city} ${nights} ${sure} ${roots[0]?.uri}`;
      })
      .resource("note://{id}", async ({ id }, context) => `${id} ${await context.confirm("Read it?")}`)
      .prompt("greet", {}, async (_, context) => `Hello ${await context.confirm("Politely?")}`);
    const asked: string[] = [];
    const client = await joint.connect(server, {
      on: {
        "elicitation/create": ({ message }) => {
          asked.push(message);
          return { action: "accept" };
        },
        "roots/list": () => ({ roots: [{ uri: "file:///a" }] }),
      },
    });
    expect(await client.call("book", { city: "Oslo" })).toBe("Oslo 2 true file:///a");
    expect(await client.readResource("note://1")).toMatchObject({ contents: [{ text: "1 true" }] });
    expect(await client.getPrompt("greet")).toMatchObject({ messages: [{ content: { text: "Hello true" } }] });
    expect(asked).toEqual(["Nights in Oslo?", "Sure?", "Read it?", "Politely?"]);
  });

  everywhere("a user who declines ends the call in words", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = joint.server().tool("ask", {}, async (_, context) => {
      const { name } = await context.require("Name?", z.object({ name: z.string() }));
      return name;
    });
    const client = await joint.connect(server, { on: { "elicitation/create": () => ({ action: "decline" }) } });
    const { isError } = await client.callTool("ask");
    expect(isError).toBe(true);
  });
});
