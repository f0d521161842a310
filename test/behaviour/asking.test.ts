import { describe, expect } from "vitest";
import { z } from "zod";
import type { Handlers } from "../../src/client/index.ts";
import { LocalError, MissingRequiredClientCapabilityError } from "../../src/errors.ts";
import type { Context } from "../../src/server/index.ts";
import { asked, asking, WITH_FORMS, WITH_URLS } from "./asking.ts";
import { before, everywhere, HTTP, inMemory, LEGACY } from "./bindings.ts";

describe("asking the user, on a session", () => {
  everywhere("a form, whose answer is checked and typed", { revisions: WITH_FORMS, remembers: true }, async (joint) => {
    const form = z.object({ nights: z.number().int().min(1), breakfast: z.boolean().default(true) });
    const seen: unknown[] = [];
    const outcome = await asking(joint, (context) => context.elicit("How long?", form), {
      "elicitation/create": (params) => {
        seen.push(params);
        return { action: "accept", content: { nights: 3 } };
      },
    });
    expect(outcome).toEqual({ action: "accept", content: { nights: 3, breakfast: true } });
    expect(seen).toEqual([
      expect.objectContaining({
        message: "How long?",
        requestedSchema: expect.objectContaining({
          type: "object",
          properties: {
            nights: expect.objectContaining({ type: "integer" }),
            breakfast: expect.objectContaining({ type: "boolean" }),
          },
        }),
      }),
    ]);
  });

  everywhere(
    "T-23: a number with a fraction is an answer",
    { revisions: WITH_FORMS, remembers: true },
    async (joint) => {
      const outcome = await asking(joint, (context) => context.elicit("Weight?", z.object({ kg: z.number() })), {
        "elicitation/create": () => ({ action: "accept", content: { kg: 95.5 } }),
      });
      expect(outcome).toEqual({ action: "accept", content: { kg: 95.5 } });
    },
  );

  inMemory("may be declined or cancelled, and then there is no content (EL-3)", WITH_FORMS, async (joint) => {
    for (const action of ["decline", "cancel"] as const) {
      const outcome = await asking(joint, (context) => context.elicit("?", z.object({ a: z.string() })), {
        "elicitation/create": () => ({ action, content: { a: "x" } }),
      });
      expect(outcome).toEqual({ action });
    }
  });

  inMemory("an answer that does not fit the form is an error (EL-2)", WITH_FORMS, async (joint) => {
    for (const content of [{ nights: 0 }, { nights: "3" }, {}, undefined]) {
      let outcome: unknown;
      const server = joint.server().tool("ask", {}, async (_, context) => {
        outcome = await context.elicit("?", z.object({ nights: z.number().min(1) })).catch((error: unknown) => error);
        return "x";
      });
      const raw = await joint.raw(server, { elicitation: {} });
      raw.on("elicitation/create", () => ({ action: "accept", content }));
      await raw.request("tools/call", { name: "ask" });
      expect(outcome).toBeInstanceOf(LocalError);
      expect(outcome).toMatchObject({ code: "invalid_response" });
    }
  });

  inMemory("confirm and require are short for it", WITH_FORMS, async (joint) => {
    const on = (action: "accept" | "decline"): Handlers => ({
      "elicitation/create": () => ({ action, content: { a: "x" } }),
    });
    expect(await asking(joint, (context) => context.confirm("Sure?"), on("accept"))).toBe(true);
    expect(await asking(joint, (context) => context.confirm("Sure?"), on("decline"))).toBe(false);
    const form = z.object({ a: z.string() });
    expect(await asking(joint, (context) => context.require("?", form), on("accept"))).toEqual({ a: "x" });
    expect(await asking(joint, (context) => context.require("?", form), on("decline"))).toBeInstanceOf(Error);
  });

  inMemory("EL-2: a form is flat; another one is refused before it is sent", WITH_FORMS, async (joint) => {
    const on: Handlers = { "elicitation/create": () => ({ action: "cancel" }) };
    const nested = z.object({ deep: z.object({ a: z.string() }) });
    expect(await asking(joint, (context) => context.elicit("?", nested as never), on)).toMatchObject({
      name: "DefinitionError",
    });
    expect(asked(joint)).toEqual([]);
    expect(await asking(joint, (context) => context.elicit("?", z.string() as never), on)).toMatchObject({
      name: "DefinitionError",
    });
    expect(asked(joint)).toEqual([]);
  });

  everywhere("EL-2: a form with fields of every kind", { revisions: WITH_URLS, remembers: true }, async (joint) => {
    const form = z.object({
      text: z.string().min(1).max(9).describe("A text"),
      mail: z.email(),
      day: z.iso.date(),
      time: z.iso.datetime(),
      count: z.int().min(0).max(9),
      weight: z.number(),
      sure: z.boolean().default(false),
      colour: z.enum(["red", "blue"]).default("red"),
      several: z
        .array(z.enum(["a", "b"]))
        .min(1)
        .optional(),
    });
    const content = {
      text: "x",
      mail: "a@example.com",
      day: "2026-07-28",
      time: "2026-07-28T00:00:00Z",
      count: 3,
      weight: 1.5,
    };
    const outcome = await asking(joint, (context) => context.elicit("?", form), {
      "elicitation/create": () => ({ action: "accept", content: { ...content, several: ["a"] } }),
    });
    expect(outcome).toEqual({ action: "accept", content: { ...content, sure: false, colour: "red", several: ["a"] } });
  });

  inMemory("EL-2: a choice of several is not asked in a revision that has none", ["2025-06-18"], async (joint) => {
    const form = z.object({ several: z.array(z.enum(["a", "b"])) });
    const outcome = await asking(joint, (context) => context.elicit("?", form), {
      "elicitation/create": () => ({ action: "cancel" }),
    });
    expect(outcome).toBeInstanceOf(Error);
    expect(asked(joint)).toEqual([]);
  });

  everywhere("a URL", { revisions: WITH_URLS, remembers: true }, async (joint) => {
    const seen: unknown[] = [];
    const outcome = await asking(
      joint,
      (context) => context.elicitUrl("Sign in", "https://example.com/sign-in"),
      {
        "elicitation/create": (params) => {
          seen.push(params);
          return { action: "accept" };
        },
      },
      { elicitation: { url: {} } },
    );
    expect(outcome).toBe("accept");
    expect(seen).toEqual([
      expect.objectContaining({ mode: "url", url: "https://example.com/sign-in", message: "Sign in" }),
    ]);
  });

  inMemory(
    "a URL is not asked in a revision that has none",
    WITH_FORMS.filter((r) => !WITH_URLS.includes(r)),
    async (joint) => {
      const ask = (context: Context) => context.elicitUrl("Sign in", "https://example.com");
      const outcome = await asking(
        joint,
        ask,
        { "elicitation/create": () => ({ action: "accept" }) },
        { elicitation: { url: {} } },
      );
      expect(outcome).toBeInstanceOf(Error);
      expect(asked(joint)).toEqual([]);
    },
  );
});

describe("asking the client for a completion and for folders", () => {
  everywhere("SAMP-1: a completion", { revisions: LEGACY, remembers: true }, async (joint) => {
    const params = {
      messages: [{ role: "user" as const, content: { type: "text" as const, text: "Hi" } }],
      maxTokens: 5,
    };
    const answer = {
      role: "assistant" as const,
      content: { type: "text" as const, text: "Ho" },
      model: "m",
      stopReason: "endTurn",
    };
    const seen: unknown[] = [];
    const outcome = await asking(joint, (context) => context.sample(params), {
      "sampling/createMessage": (given) => {
        seen.push(given);
        return answer;
      },
    });
    expect(outcome).toEqual(answer);
    expect(seen).toEqual([params]);
  });

  everywhere("ROOT-1: folders, and a word when they change", { revisions: LEGACY, remembers: true }, async (joint) => {
    let changed = 0;
    const roots = [{ uri: "file:///a", name: "A" }];
    const server = joint
      .server({ onRootsChanged: () => changed++ })
      .tool("ask", { output: z.any() }, (_, context) => context.roots());
    const client = await joint.connect(server, { on: { "roots/list": () => ({ roots }) } });
    expect(await client.call("ask")).toBeDefined();
    expect(JSON.parse(((await client.callTool("ask")).content[0] as { text: string }).text)).toEqual(roots);
    await client.rootsChanged();
    await client.ping();
    expect(changed).toBe(1);
  });

  everywhere("several questions at once", { revisions: WITH_FORMS, remembers: true }, async (joint) => {
    const outcome = await asking(
      joint,
      (context) =>
        context.ask({
          where: { method: "roots/list", params: {} },
          form: {
            method: "elicitation/create",
            params: { message: "?", requestedSchema: { type: "object", properties: {} } },
          },
        }),
      { "roots/list": () => ({ roots: [] }), "elicitation/create": () => ({ action: "decline" }) },
    );
    expect(outcome).toEqual({ where: { roots: [] }, form: { action: "decline" } });
  });
});

describe("LIFE-3: a capability that the client did not declare", () => {
  everywhere("is an error before anything is sent", { revisions: WITH_FORMS, remembers: true }, async (joint) => {
    const questions: [(context: Context) => unknown, object][] = [
      [(context) => context.elicit("?", z.object({ a: z.string() })), { elicitation: { form: {} } }],
      [(context) => context.confirm("?"), { elicitation: { form: {} } }],
      [(context) => context.elicitUrl("?", "https://example.com"), { elicitation: { url: {} } }],
      [(context) => context.sample({ messages: [], maxTokens: 1 }), { sampling: {} }],
      [(context) => context.roots(), { roots: {} }],
    ];
    for (const [ask, requiredCapabilities] of questions) {
      if (
        joint.revision === "2025-06-18" &&
        "url" in ((requiredCapabilities as { elicitation?: object }).elicitation ?? {})
      )
        continue;
      const outcome = await asking(joint, ask);
      expect(outcome).toBeInstanceOf(MissingRequiredClientCapabilityError);
      expect(outcome).toMatchObject({ data: { requiredCapabilities } });
      expect(asked(joint)).toEqual([]);
    }
  });

  inMemory("T-35: {} means forms alone, and url does not include them", WITH_URLS, async (joint) => {
    const form = (context: Context) => context.elicit("?", z.object({ a: z.string().optional() }));
    const url = (context: Context) => context.elicitUrl("?", "https://example.com");
    const on: Handlers = { "elicitation/create": () => ({ action: "decline" }) };
    const refused = expect.objectContaining({ name: "MissingRequiredClientCapabilityError" });
    expect(await asking(joint, form, on, { elicitation: {} })).toEqual({ action: "decline" });
    expect(await asking(joint, url, on, { elicitation: {} })).toEqual(refused);
    expect(await asking(joint, form, on, { elicitation: { url: {} } })).toEqual(refused);
    expect(await asking(joint, url, on, { elicitation: { url: {} } })).toBe("decline");
    expect(await asking(joint, url, on, { elicitation: { form: {} } })).toEqual(refused);
  });

  inMemory("SAMP-1: sampling does not include tools", WITH_URLS, async (joint) => {
    const on: Handlers = {
      "sampling/createMessage": () => ({ role: "assistant", content: { type: "text", text: "" }, model: "m" }),
    };
    const refused = expect.objectContaining({ data: { requiredCapabilities: { sampling: { tools: {} } } } });
    const tools = [{ name: "t", inputSchema: { type: "object" as const } }];
    expect(await asking(joint, (c) => c.sample({ messages: [], maxTokens: 1, tools }), on)).toEqual(refused);
    expect(
      await asking(joint, (c) => c.sample({ messages: [], maxTokens: 1, toolChoice: { mode: "auto" } }), on),
    ).toEqual(refused);
    const outcome = await asking(joint, (c) => c.sample({ messages: [], maxTokens: 1, tools }), on, {
      sampling: { tools: {} },
    });
    expect(outcome).toMatchObject({ model: "m" });
  });

  inMemory("the peer of a tool that lets the error through gets no reserved code", WITH_FORMS, async (joint) => {
    const server = joint.server().tool("ask", {}, async (_, context) => `${await context.confirm("?")}`);
    const raw = await joint.raw(server);
    const { error } = await raw.request("tools/call", { name: "ask" });
    expect(error?.code).toBe(-32600);
    expect(error?.data).toEqual({ requiredCapabilities: { elicitation: { form: {} } } });
  });
});

describe("no way back", () => {
  inMemory("forms in revisions without them, before anything is sent", before("2025-06-18"), async (joint) => {
    const outcome = await asking(joint, (context) => context.confirm("?"), {
      "elicitation/create": () => ({ action: "accept" }),
    });
    expect(outcome).toBeInstanceOf(LocalError);
    expect(outcome).toMatchObject({ code: "no_way_back" });
    expect(asked(joint)).toEqual([]);
  });

  everywhere(
    "over HTTP without sessions, before anything is sent",
    { revisions: WITH_FORMS, bindings: HTTP.filter(({ remembers }) => !remembers) },
    async (joint) => {
      for (const ask of [(context: Context) => context.confirm("?"), (context: Context) => context.roots()]) {
        expect(await asking(joint, ask)).toMatchObject({ name: "LocalError", code: "no_way_back" });
      }
      expect(asked(joint)).toEqual([]);
    },
  );
});
