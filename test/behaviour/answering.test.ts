import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Handlers } from "../../src/client/index.ts";
import {
  InvalidParamsError,
  type LocalError,
  type ProtocolError,
  UrlElicitationRequiredError,
} from "../../src/errors.ts";
import type { Request } from "../../src/jsonrpc/index.ts";
import { asking, WITH_FORMS, WITH_URLS } from "./asking.ts";
import { everywhere, inMemory, LEGACY } from "./bindings.ts";

describe("what a client answers that is nothing to answer", () => {
  everywhere("fails the question, not the connection", { revisions: WITH_FORMS, remembers: true }, async (joint) => {
    const server = joint.server().tool("ask", {}, async (_, context) => {
      const outcome = await context.confirm("?").catch((error: unknown) => error);
      return outcome instanceof Error ? `${(outcome as ProtocolError | LocalError).code}` : `${outcome}`;
    });
    const raw = await joint.raw(server, { elicitation: {} });
    const answers: (object | null)[] = [
      { action: "yes" },
      {},
      { action: "accept", content: 5 },
      { action: "accept", content: { a: { b: 1 } } },
    ];
    const seen = new Set<unknown>();
    for (const [at, result] of answers.entries()) {
      raw.send(raw.compose("tools/call", { name: "ask" }, `c${at}`));
      const { id } = await raw.next<Request>(
        (message) =>
          "method" in message && message.method === "elicitation/create" && !seen.has((message as Request).id),
      );
      seen.add(id);
      raw.bad({ jsonrpc: "2.0", id, result });
      expect((await raw.response(`c${at}`)).result).toMatchObject({ content: [{ text: "invalid_response" }] });
    }
  });

  everywhere("an error of the client is its error", { revisions: WITH_FORMS, remembers: true }, async (joint) => {
    const outcome = await asking(joint, (context) => context.confirm("?"), {
      "elicitation/create": () => {
        throw new InvalidParamsError("Not like this", { a: 1 });
      },
    });
    expect(outcome).toBeInstanceOf(InvalidParamsError);
    expect(outcome).toMatchObject({ message: "Not like this", data: { a: 1 } });
  });

  inMemory("what a client's handler throws or returns by mistake is -32603, and never leaks", LEGACY, async (joint) => {
    for (const answer of [
      () => Promise.reject(new Error("secret")),
      () => Promise.reject(null),
      () => ({}) as never,
      () => undefined as never,
      () => ({ roots: "secret" }) as never,
    ]) {
      const outcome = await asking(joint, (context) => context.roots(), { "roots/list": answer });
      expect(outcome).toMatchObject({ name: "InternalError", code: -32603, message: "Internal error" });
    }
    expect(joint.warnings).toHaveLength(5);
  });

  inMemory("content that is no form's is a mistake as well", WITH_FORMS, async (joint) => {
    for (const content of [5, "text", ["a"], { a: { deep: 1 } }]) {
      const outcome = await asking(joint, (context) => context.confirm("?"), {
        "elicitation/create": () => ({ action: "accept", content }) as never,
      });
      expect([content, outcome]).toEqual([content, expect.objectContaining({ name: "InternalError", code: -32603 })]);
    }
  });

  inMemory("a question to a client without a handler is -32601", LEGACY, async (joint) => {
    const { server } = await joint.connectTo({});
    server.send({ jsonrpc: "2.0", id: "r", method: "roots/list" });
    const answer = await server.next<{ error: { code: number } }>(
      (message) => !("method" in message) && message.id === "r",
    );
    expect(answer.error.code).toBe(-32601);
  });

  inMemory("a question with wrong parameters is -32602", WITH_FORMS, async (joint) => {
    const on: Handlers = {
      "elicitation/create": () => ({ action: "accept" }),
      "sampling/createMessage": () => ({}) as never,
    };
    const { server } = await joint.connectTo({}, { on });
    for (const [at, [method, params]] of (
      [
        ["elicitation/create", {}],
        ["elicitation/create", { message: "?", requestedSchema: { type: "string" } }],
        ["sampling/createMessage", { messages: "?" }],
      ] as const
    ).entries()) {
      server.bad({ jsonrpc: "2.0", id: `q${at}`, method, params });
      const answer = await server.next<{ error: { code: number } }>(
        (message) => !("method" in message) && message.id === `q${at}`,
      );
      expect(answer.error.code).toBe(-32602);
    }
  });

  inMemory("EL-1: a question in a mode that was not declared is -32602", WITH_URLS, async (joint) => {
    let reached = false;
    const on: Handlers = {
      "elicitation/create": () => {
        reached = true;
        return { action: "accept" };
      },
    };
    const { server } = await joint.connectTo({}, { on });
    const params = { mode: "url", message: "?", url: "https://example.com", elicitationId: "e" };
    server.send({ jsonrpc: "2.0", id: "u", method: "elicitation/create", params });
    const answer = await server.next<{ error?: { code: number } }>(
      (message) => !("method" in message) && message.id === "u",
    );
    expect([reached, answer.error?.code]).toEqual([false, -32602]);
  });

  inMemory("SAMP-1: a question with tools that were not declared is an error", WITH_URLS, async (joint) => {
    let reached = false;
    const on: Handlers = {
      "sampling/createMessage": () => {
        reached = true;
        return { role: "assistant", content: { type: "text", text: "" }, model: "m" };
      },
    };
    const { server } = await joint.connectTo({}, { on });
    const params = { messages: [], maxTokens: 1, tools: [{ name: "t", inputSchema: { type: "object" } }] };
    server.send({ jsonrpc: "2.0", id: "s", method: "sampling/createMessage", params });
    const answer = await server.next<{ error?: { code: number } }>(
      (message) => !("method" in message) && message.id === "s",
    );
    expect([reached, answer.error?.code]).toEqual([false, -32602]);
  });

  inMemory("EL-2: an answer that does not fit the form is a mistake of its handler", WITH_FORMS, async (joint) => {
    for (const [content, field] of [
      [{ nights: 0 }, "/nights"],
      [{ nights: "3" }, "/nights"],
      [{ nights: 1, mail: "nobody" }, "/mail"],
      [{}, '"nights"'],
      [undefined, '"nights"'],
    ] as const) {
      const form = z.object({ nights: z.number().min(1), mail: z.email().optional() });
      const outcome = await asking(joint, (context) => context.elicit("?", form), {
        "elicitation/create": () => ({ action: "accept", content }) as never,
      });
      expect(outcome).toMatchObject({ name: "InternalError", code: -32603 });
      expect(joint.warnings.at(-1)).toMatchObject([
        "mcplex:",
        { name: "TypeError", message: expect.stringContaining(field) },
      ]);
    }
  });

  inMemory("EL-2: a form that is no schema cannot be answered", WITH_FORMS, async (joint) => {
    const { server } = await joint.connectTo({}, { on: { "elicitation/create": () => ({ action: "accept" }) } });
    const requestedSchema = { type: "object", properties: { a: { type: "string", minLength: "x" } } };
    server.bad({ jsonrpc: "2.0", id: "b", method: "elicitation/create", params: { message: "?", requestedSchema } });
    const answer = await server.next<{ error?: object }>((message) => !("method" in message) && message.id === "b");
    expect(answer.error).toMatchObject({ code: -32602, message: expect.stringContaining("requestedSchema") });
  });

  inMemory("EL-3: content leaves with an accepted form alone", WITH_FORMS, async (joint) => {
    const { server } = await joint.connectTo(
      {},
      { on: { "elicitation/create": () => ({ action: "decline", content: { secret: "x" } }) } },
    );
    server.send({
      jsonrpc: "2.0",
      id: "d",
      method: "elicitation/create",
      params: { message: "?", requestedSchema: { type: "object", properties: { secret: { type: "string" } } } },
    });
    const answer = await server.next<{ result?: object }>((message) => !("method" in message) && message.id === "d");
    expect(answer.result).toEqual({ action: "decline" });
  });

  inMemory("ROOT-1: a root that is no file is a mistake of its handler", LEGACY, async (joint) => {
    const outcome = await asking(joint, (context) => context.roots(), {
      "roots/list": () => ({ roots: [{ uri: "https://example.com" }] }),
    });
    expect(outcome).toMatchObject({ name: "InternalError", code: -32603 });
    expect(joint.warnings.at(-1)).toMatchObject(["mcplex:", { message: expect.stringContaining("roots[0].uri") }]);
  });

  inMemory("SAMP-3: a conversation that no model takes is -32602", LEGACY, async (joint) => {
    const on: Handlers = { "sampling/createMessage": () => ({}) as never };
    const { server } = await joint.connectTo({}, { on, capabilities: { sampling: { tools: {} } } });
    const use = { role: "assistant", content: { type: "tool_use", id: "1", name: "t", input: {} } };
    const answer = { type: "tool_result", toolUseId: "1", content: [] };
    const wrong = [
      [use],
      [use, { role: "user", content: [answer, { type: "text", text: "and" }] }],
      [use, { role: "user", content: { ...answer, toolUseId: "2" } }],
    ];
    for (const [at, messages] of wrong.entries()) {
      const request = { jsonrpc: "2.0", id: `s${at}`, method: "sampling/createMessage" };
      const said = { ...request, params: { messages, maxTokens: 1 } };
      // The schemas of older revisions know no tools at all, those of newer ones nothing of what follows what.
      joint.tap.forgive((message) => "id" in message && message.id === `s${at}` && "method" in message);
      server.send(said);
      const refused = await server.next<{ error?: object }>(
        (message) => !("method" in message) && message.id === `s${at}`,
      );
      expect(refused.error).toMatchObject({ code: -32602 });
    }
  });

  inMemory("EL-2: omitted fields with a default are filled in where the user accepts", WITH_URLS, async (joint) => {
    const { server } = await joint.connectTo(
      {},
      { on: { "elicitation/create": () => ({ action: "accept", content: { a: "x" } }) } },
    );
    const properties = {
      a: { type: "string", default: "A" },
      b: { type: "string", default: "B" },
      c: { type: "boolean", default: false },
      d: { type: "string" },
    };
    server.send({
      jsonrpc: "2.0",
      id: "d",
      method: "elicitation/create",
      params: { message: "?", requestedSchema: { type: "object", properties } },
    });
    const answer = await server.next<{ result: object }>((message) => !("method" in message) && message.id === "d");
    expect(answer.result).toEqual({ action: "accept", content: { a: "x", b: "B", c: false } });
  });
});

describe("EL-6: visits of a URL (2025-11-25)", () => {
  const visit = (elicitationId: string) => ({
    mode: "url" as const,
    message: "Sign in",
    url: `https://example.com/${elicitationId}`,
    elicitationId,
  });

  inMemory(
    "reach the handler, whose content would go nowhere, and are told when they are over",
    WITH_URLS,
    async (joint) => {
      const seen: unknown[] = [];
      const { client, server } = await joint.connectTo(
        {},
        {
          capabilities: { elicitation: { form: {}, url: {} } },
          on: {
            "elicitation/create": (params) => {
              if (params.mode !== "url") return { action: "cancel" };
              seen.push([params.url, params.message, params.elicitationId]);
              return { action: "accept", content: { secret: "x" } };
            },
            "notifications/elicitation/complete": ({ elicitationId }) => void seen.push(elicitationId),
          },
        },
      );
      server.send({ jsonrpc: "2.0", id: "u", method: "elicitation/create", params: visit("e1") });
      const answer = await server.next<{ result?: object }>((message) => !("method" in message) && message.id === "u");
      expect(answer.result).toEqual({ action: "accept" });
      for (const elicitationId of ["other", "e1", "e1"]) {
        server.notify("notifications/elicitation/complete", { elicitationId });
      }
      await client.ping();
      expect(seen).toEqual([["https://example.com/e1", "Sign in", "e1"], "e1"]);
    },
  );

  inMemory("that a call needs first are an error of their own", ["2025-11-25"], async (joint) => {
    const over: string[] = [];
    const elicitations = [visit("e1"), visit("e2")];
    const { client, server } = await joint.connectTo(
      { "tools/call": () => ({ error: { code: -32042, message: "Sign in first", data: { elicitations } } }) },
      { on: { "notifications/elicitation/complete": ({ elicitationId }) => void over.push(elicitationId) } },
    );
    const error = await client.callTool("a").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UrlElicitationRequiredError);
    expect((error as UrlElicitationRequiredError).elicitations).toEqual(elicitations);
    server.notify("notifications/elicitation/complete", { elicitationId: "e2" });
    await client.ping();
    expect(over).toEqual(["e2"]);
  });

  it("an error that lists none, or lists nonsense, has none", () => {
    for (const data of [undefined, null, 5, {}, { elicitations: 5 }, { elicitations: [null, {}, { mode: "url" }] }]) {
      expect(new UrlElicitationRequiredError("x", data).elicitations).toEqual([]);
    }
  });
});

describe("a question whose call is cancelled", () => {
  everywhere(
    "is cancelled with it, and the user's window can close",
    { revisions: WITH_FORMS, remembers: true },
    async (joint) => {
      let signal: AbortSignal | undefined;
      let outcome: unknown;
      const server = joint.server().tool("ask", {}, async (_, context) => {
        outcome = await context.confirm("?").catch((error: unknown) => error);
        return "x";
      });
      const abort = new AbortController();
      const client = await joint.connect(server, {
        on: {
          "elicitation/create": (_params, context) => {
            signal = context.signal;
            abort.abort("enough");
            return new Promise(() => {});
          },
        },
      });
      await expect(client.call("ask", {}, { signal: abort.signal })).rejects.toMatchObject({ code: "aborted" });
      await client.ping();
      await client.ping();
      expect(signal?.aborted).toBe(true);
      expect(outcome).toMatchObject({ name: "LocalError", code: "aborted" });
    },
  );

  everywhere(
    "a handler that asks does not block the calls behind it",
    { revisions: WITH_FORMS, remembers: true },
    async (joint) => {
      let answer: ((given: { action: "accept" }) => void) | undefined;
      let reached = (): void => {};
      const asked = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const server = joint
        .server()
        .tool("ask", {}, async (_, context) => `${await context.confirm("?")}`)
        .tool("quick", {}, () => "quick");
      const client = await joint.connect(server, {
        on: {
          "elicitation/create": () =>
            new Promise((resolve) => {
              answer = resolve;
              reached();
            }),
        },
      });
      const asking = client.call("ask");
      await asked;
      expect(await client.call("quick")).toBe("quick");
      await client.ping();
      answer?.({ action: "accept" });
      expect(await asking).toBe("true");
    },
  );
});
