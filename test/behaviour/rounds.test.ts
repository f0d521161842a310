import { describe, expect } from "vitest";
import { z } from "zod";
import { UrlElicitationRequiredError } from "../../src/errors.ts";
import { type Context, contextOf, inputRequired, type Server } from "../../src/server/index.ts";
import { BOTH_ERAS, everywhere, inMemory, MODERN } from "./bindings.ts";
import type { Joint } from "./joint.ts";
import { ASKING, accepting, asks, drive, EVERYTHING, retry, textOf, turns } from "./rounds.ts";

const form = z.object({ v: z.number() });

/** A server with the tool "ask". */
const asking = (joint: Joint, handler: (context: Context) => unknown): Server =>
  joint.server().tool("ask", {}, async (_, context) => String(await handler(context)));

const call = { name: "ask", arguments: {} };

describe("MRTR-1: a handler that asks in a straight line", () => {
  everywhere("gets its answers, and is answered once", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = asking(joint, async (context) => {
      const first = await context.require("a", form);
      const second = await context.require("bb", form);
      const both = await context.ask({
        three: { method: "elicitation/create", params: { message: "ccc", requestedSchema: FORM } },
        folders: { method: "roots/list", params: {} },
      });
      return JSON.stringify([first.v, second.v, both.three.content, both.folders.roots.length]);
    });
    const raw = await joint.raw(server, EVERYTHING);
    const { response, rounds } = await drive(raw, "tools/call", call, (question, key) =>
      question.method === "roots/list" ? { roots: [{ uri: "file:///a" }] } : accepting(question, key),
    );
    expect(textOf(response)).toBe(JSON.stringify([1, 2, { v: 3 }, 1]));
    expect(rounds.length).toBe(raw.modern ? 3 : 0);
    expect(joint.reports).toEqual([]);
  });

  everywhere("in prompts and resources, too", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = joint
      .server()
      .prompt("greet", {}, async (_, context) => `Hello ${(await context.require("name", form)).v}`)
      .resource("test://asked", async (_, context) => `It is ${(await context.require("value", form)).v}`)
      .resource("test://asked/{id}", async ({ id }, context) => `${id} is ${(await context.require("value", form)).v}`);
    const raw = await joint.raw(server, EVERYTHING);
    const prompt = await drive(raw, "prompts/get", { name: "greet" }, accepting);
    expect(prompt.response.result).toMatchObject({ messages: [{ content: { text: "Hello 4" } }] });
    const read = await drive(raw, "resources/read", { uri: "test://asked" }, accepting);
    expect(read.response.result).toMatchObject({ contents: [{ text: "It is 5" }] });
    const one = await drive(raw, "resources/read", { uri: "test://asked/7" }, accepting);
    expect(one.response.result).toMatchObject({ contents: [{ text: "7 is 5" }] });
    // MRTR-8: what asks is not kept.
    for (const round of [...read.rounds, ...one.rounds]) expect(round).not.toHaveProperty("ttlMs");
  });

  everywhere("in middleware, as part of the same call", { revisions: ASKING, remembers: true }, async (joint) => {
    const ran: string[] = [];
    const server = asking(joint, async (context) => {
      await context.once("work", () => void ran.push("work"));
      return (await context.require("bb", form)).v;
    }).use((next) => async (request, call) => {
      if (request.method !== "tools/call") return next(request, call);
      const { v } = await contextOf(call).require("a", form);
      await contextOf(call).once("around", () => void ran.push(`around ${v}`));
      return next(request, call);
    });
    const raw = await joint.raw(server, EVERYTHING);
    const { response } = await drive(raw, "tools/call", call, accepting);
    expect(textOf(response)).toBe("2");
    expect(ran).toEqual(["around 1", "work"]);
  });

  everywhere("and middleware that asks after the handler", { revisions: ASKING, remembers: true }, async (joint) => {
    let worked = 0;
    const server = asking(joint, (context) => context.once("work", () => ++worked)).use(
      (next) => async (request, call) => {
        const response = await next(request, call);
        if (request.method === "tools/call" && !(await contextOf(call).confirm("Give it?"))) throw new Error("no");
        return response;
      },
    );
    const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect([textOf(response), worked]).toEqual(["1", 1]);
  });

  everywhere(
    "MRTR-2: asks nothing that the client did not declare",
    { revisions: ASKING, remembers: true },
    async (joint) => {
      const server = asking(joint, (context) => context.sample({ messages: [], maxTokens: 1 }));
      const raw = await joint.raw(server, { elicitation: {} });
      const { error } = await raw.request("tools/call", call);
      expect(error?.data).toEqual({ requiredCapabilities: { sampling: {} } });
      if (raw.modern) expect(error?.code).toBe(-32021);
    },
  );

  inMemory("T-35: of several questions at once none, where one may not be asked", BOTH_ERAS, async (joint) => {
    const server = asking(joint, (context) =>
      context.ask({
        form: question("a"),
        sample: { method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } },
      }),
    );
    const asked: unknown[] = [];
    const raw = await joint.raw(server, { elicitation: {} });
    const { response, rounds } = await drive(raw, "tools/call", call, (question, key) => {
      asked.push(question);
      return accepting(question, key);
    });
    expect(response.error?.data).toEqual({ requiredCapabilities: { sampling: {} } });
    expect([rounds, asked]).toEqual([[], []]);
  });

  inMemory("in a resource, before another template is tried", BOTH_ERAS, async (joint) => {
    const tried: string[] = [];
    const server = joint
      .server()
      .resource("test://{id}", async (_, context) => {
        const v = await context.require("a", form).catch(() => undefined);
        return v === undefined ? undefined : `first ${v.v}`;
      })
      .resource("test://{+path}", () => {
        tried.push("second");
        return "second";
      });
    const { response } = await drive(
      await joint.raw(server, EVERYTHING),
      "resources/read",
      { uri: "test://x" },
      accepting,
    );
    expect(response.result).toMatchObject({ contents: [{ text: "first 1" }] });
    expect(tried).toEqual([]);
  });

  inMemory("no other method can ask (MRTR-1)", MODERN, async (joint) => {
    let told: unknown;
    const server = joint.server().use((next) => async (request, call) => {
      if (request.method === "tools/list")
        told = await contextOf(call)
          .confirm("?")
          .catch((error: unknown) => error);
      return next(request, call);
    });
    server.tool("a", {}, () => "x");
    const raw = await joint.raw(server, EVERYTHING);
    expect((await raw.request("tools/list")).result).toMatchObject({ resultType: "complete" });
    expect(told).toMatchObject({ name: "LocalError", code: "no_way_back" });
  });
});

describe("EL-5: a visit", () => {
  everywhere("is of a page, and nothing else is asked for", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = joint.server().tool("ask", {}, async (_, context) => {
      for (const url of ["javascript:alert(1)", "file:///etc/passwd", "ms-settings:x"]) {
        const told: unknown = await context.elicitUrl("Go", url).catch((error: unknown) => error);
        if (!(told instanceof Error)) return "asked";
      }
      return "nothing was asked";
    });
    const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect(textOf(response)).toBe("nothing was asked");
  });
});

describe("rounds", () => {
  inMemory("MRTR-6: what was not answered is asked again, and what nobody asked is ignored", MODERN, async (joint) => {
    const server = asking(joint, async (context) => (await context.require("a", form)).v);
    const raw = await joint.raw(server, EVERYTHING);
    const first = asks(await raw.request("tools/call", call));
    const [key] = Object.keys(first.inputRequests ?? {});
    const again = asks(
      await raw.request("tools/call", {
        ...call,
        requestState: first.requestState,
        inputResponses: { other: { action: "cancel" } },
      }),
    );
    expect(Object.keys(again.inputRequests ?? {})).toEqual([key]);
    const extra = { ...(retry(again, accepting).inputResponses as object), extra: { action: "accept" } };
    const last = await raw.request("tools/call", { ...call, ...retry(again, accepting), inputResponses: extra });
    expect(textOf(last)).toBe("1");
  });

  inMemory("MRTR-6: what is no answer is refused", MODERN, async (joint) => {
    const server = asking(joint, async (context) => (await context.require("a", form)).v);
    const raw = await joint.raw(server, EVERYTHING);
    const first = asks(await raw.request("tools/call", call));
    const [key = ""] = Object.keys(first.inputRequests ?? {});
    const { requestState } = first;
    for (const response of [5, null, "x", [], {}, { action: "maybe" }, { action: "accept", content: { v: {} } }]) {
      const given = { ...call, requestState, inputResponses: { [key]: response } };
      expect(await raw.refused("tools/call", given, { bad: true })).toMatchObject({ code: -32602 });
    }
    const none = { ...call, requestState, inputResponses: "x" };
    expect(await raw.refused("tools/call", none, { bad: true })).toMatchObject({ code: -32602 });
  });

  everywhere(
    "an error within the handler is one after any number of rounds",
    { revisions: ASKING, remembers: true },
    async (joint) => {
      const undone: string[] = [];
      const server = asking(joint, async (context) => {
        context.defer(() => undone.push("undone"));
        await context.require("a", form);
        throw new Error("secret");
      });
      const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
      expect(response.result).toMatchObject({ isError: true });
      expect(undone).toEqual(["undone"]);
      expect(joint.reports).toEqual([expect.objectContaining({ message: "secret" })]);
    },
  );

  inMemory("end after ten, with an error that says so to the author", MODERN, async (joint) => {
    const server = asking(joint, async (context) => {
      for (let at = 0; at < 20; at++) await context.require(`${at}`, form);
    });
    const { response, rounds } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect(rounds.length).toBe(10);
    expect(response.error?.code).toBe(-32603);
    expect(joint.reports).toEqual([expect.objectContaining({ name: "DefinitionError" })]);
  });

  inMemory("have sixteen questions at most, and an error that says so to the author", MODERN, async (joint) => {
    const many = (count: number): Server =>
      asking(joint, (context) =>
        Promise.all(Array.from({ length: count }, (_, at) => context.require(`${at}`, form, { key: `${at}` }))),
      );
    const most = await joint.raw(many(16), EVERYTHING);
    expect(Object.keys(asks(await most.request("tools/call", call)).inputRequests ?? {})).toHaveLength(16);
    const more = await joint.raw(many(17), EVERYTHING);
    expect(await more.refused("tools/call", call)).toMatchObject({ code: -32603 });
    expect(joint.reports).toEqual([expect.objectContaining({ name: "DefinitionError" })]);
  });

  inMemory("end when the question is another one each time", MODERN, async (joint) => {
    let clock = 0;
    const server = asking(joint, async (context) => context.require(`now: ${clock++}`, form));
    const { response, rounds } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect([rounds.length, response.error?.code]).toEqual([3, -32603]);
    expect(joint.reports).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^question changed between rounds/) }),
    ]);
  });

  everywhere("a key keeps a question whose words change", { revisions: ASKING, remembers: true }, async (joint) => {
    let clock = 0;
    const server = asking(joint, async (context) => {
      const { v } = await context.require(`now: ${clock++}`, form, { key: "when" });
      return [v, (await context.require("b", form)).v];
    });
    const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect(textOf(response)).toBe("6,1");
  });

  inMemory("progress never goes back", MODERN, async (joint) => {
    const server = asking(joint, async (context) => {
      await context.progress(1);
      await context.progress(2);
      await context.require("a", form);
      await context.progress(3);
    });
    const raw = await joint.raw(server, EVERYTHING);
    await drive(raw, "tools/call", { ...call, _meta: { progressToken: 1 } }, accepting);
    const told = await raw.notifications("notifications/progress");
    expect(told.map(({ params }) => params?.["progress"])).toEqual([1, 2, 3]);
  });

  inMemory("a signal aborts when its round is over, and steps begun before are recorded", MODERN, async (joint) => {
    const signals: AbortSignal[] = [];
    let steps = 0;
    let late: unknown;
    const server = asking(joint, async (context) => {
      signals.push(context.signal);
      const slow = context.once("slow", async () => {
        await turns(3);
        return ++steps;
      });
      void (async () => {
        await turns(10);
        late ??= await context.once("late", () => "ran").catch((error: unknown) => error);
      })();
      const { v } = await context.require("a", form);
      return [v, await slow, context.signal.aborted];
    });
    const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect(textOf(response)).toBe("1,1,false");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await turns(12);
    expect(late).not.toBe("ran");
    expect(late).not.toBeInstanceOf(Error);
  });

  inMemory("what is told while a round ends is dropped", MODERN, async (joint) => {
    const server = asking(joint, async (context) => {
      try {
        await context.require("a", form);
      } finally {
        await context.progress(5);
        await context.emit({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } });
      }
      return "x";
    });
    const raw = await joint.raw(server, EVERYTHING);
    const params = { ...call, _meta: { progressToken: 1, "io.modelcontextprotocol/logLevel": "debug" } };
    asks(await raw.request("tools/call", params));
    expect(raw.received.filter((message) => "method" in message)).toEqual([]);
  });

  inMemory(
    "the idempotency key is the same in all of them, and another one in the next call",
    MODERN,
    async (joint) => {
      const keys: string[] = [];
      const server = asking(joint, async (context) => {
        keys.push(context.requestKey);
        await context.require("a", form);
      });
      const raw = await joint.raw(server, EVERYTHING);
      await drive(raw, "tools/call", call, accepting);
      await drive(raw, "tools/call", call, accepting);
      expect(keys.length).toBe(4);
      expect([keys[0] === keys[1], keys[2] === keys[3], keys[0] === keys[2]]).toEqual([true, true, false]);
    },
  );
});

const FORM = { type: "object" as const, properties: { v: { type: "number" as const } } };
const question = (message: string) => ({
  method: "elicitation/create" as const,
  params: { message, requestedSchema: FORM },
});

describe("asking by a result", () => {
  everywhere("the handler runs again with the answers", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = joint.server().tool("ask", {}, (_, context) => {
      const { one, two } = context.inputResponses ?? {};
      const said = context.requestState as { first: unknown } | undefined;
      if (two !== undefined) return JSON.stringify([said?.first, (two as { content: unknown }).content]);
      if (one === undefined) return inputRequired({ inputRequests: { one: question("a") } });
      const { content } = one as { content: unknown };
      return inputRequired({ inputRequests: { two: question("bb") }, requestState: { first: content } });
    });
    const raw = await joint.raw(server, EVERYTHING);
    const { response, rounds } = await drive(raw, "tools/call", call, accepting);
    expect(textOf(response)).toBe(JSON.stringify([{ v: 1 }, { v: 2 }]));
    if (raw.modern)
      expect(rounds.map(({ inputRequests }) => Object.keys(inputRequests ?? {}))).toEqual([["one"], ["two"]]);
  });

  everywhere("T-31: or only wants to be called again", { revisions: ASKING, remembers: true }, async (joint) => {
    const server = joint.server().resource("test://later", (_, context) => {
      const times = (context.requestState as number | undefined) ?? 0;
      return times === 2 ? "ready" : inputRequired({ requestState: times + 1 });
    });
    const raw = await joint.raw(server, EVERYTHING);
    const { response, rounds } = await drive(raw, "resources/read", { uri: "test://later" }, accepting);
    expect(response.result).toMatchObject({ contents: [{ text: "ready" }] });
    for (const round of rounds) expect(round).not.toHaveProperty("inputRequests");
  });

  inMemory("MRTR-2: asks nothing that the client did not declare", MODERN, async (joint) => {
    const server = joint.server().prompt("p", {}, () => inputRequired({ inputRequests: { a: question("a") } }));
    const raw = await joint.raw(server, { sampling: {} });
    expect(await raw.refused("prompts/get", { name: "p" })).toMatchObject({ code: -32021 });
  });
});

describe("EL-6: a visit that is needed first", () => {
  inMemory("is asked for since 2026-07-28, until the handler finds that it was made", MODERN, async (joint) => {
    let visited = false;
    const server = joint.server().tool("ask", {}, () => {
      if (visited) return "signed in";
      throw new UrlElicitationRequiredError("Sign in first", {
        elicitations: [{ mode: "url", elicitationId: "visit", url: "https://example.com/", message: "Sign in" }],
      });
    });
    const raw = await joint.raw(server, EVERYTHING);
    const first = asks(await raw.request("tools/call", call));
    expect(first.inputRequests).toEqual({
      visit: { method: "elicitation/create", params: { mode: "url", url: "https://example.com/", message: "Sign in" } },
    });
    const accepted = (): object => ({ action: "accept" });
    const second = asks(await raw.request("tools/call", { ...call, ...retry(first, accepted) }));
    visited = true;
    expect(textOf(await raw.request("tools/call", { ...call, ...retry(second, accepted) }))).toBe("signed in");
  });

  inMemory("is the same visit under another id each time", MODERN, async (joint) => {
    let looked = 0;
    const server = joint.server().tool("ask", {}, async (_, context) => {
      const { v } = await context.require("a", form);
      if (++looked === 6) return `signed in, ${v}`;
      throw new UrlElicitationRequiredError("Sign in first", {
        elicitations: [{ mode: "url", elicitationId: `${looked}`, url: "https://example.com/", message: "Sign in" }],
      });
    });
    const { response, rounds } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, (asked, key) =>
      asked.params["mode"] === "url" ? { action: "accept" } : accepting(asked, key),
    );
    expect([textOf(response), rounds.length]).toEqual(["signed in, 1", 6]);
  });
});
