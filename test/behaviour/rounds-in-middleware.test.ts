import { describe, expect } from "vitest";
import { z } from "zod";
import { deriveCall, failure, type Middleware } from "../../src/jsonrpc/index.ts";
import { InternalError } from "../../src/errors.ts";
import { type Context, contextOf, type Server } from "../../src/server/index.ts";
import { BOTH_ERAS, inMemory, MODERN } from "./bindings.ts";
import type { Joint } from "./joint.ts";
import { accepting, asks, drive, EVERYTHING, retry, textOf } from "./rounds.ts";

const form = z.object({ v: z.number() });
const call = { name: "ask", arguments: {} };

const asking = (joint: Joint, handler: (context: Context) => unknown): Server =>
  joint.server().tool("ask", {}, async (_, context) => String(await handler(context)));

/** Middleware around calls of tools alone. */
const aroundCalls =
  (wrap: Middleware): Middleware =>
  (next) => {
    const wrapped = wrap(next);
    return (request, given) => (request.method === "tools/call" ? wrapped : next)(request, given);
  };

describe("MRTR-5: a call whose request middleware changes", () => {
  inMemory("goes on with the request that the client sends again", BOTH_ERAS, async (joint) => {
    const greet = z.object({ city: z.string(), by: z.string() });
    const server = joint
      .server()
      .tool("inner", { input: greet }, async ({ city, by }, context) => {
        const { v } = await context.require("a", form);
        const { v: second } = await context.require("bb", form);
        return `${city} by ${by}: ${v}, ${second}`;
      })
      .use(
        aroundCalls((next) => (request, given) => {
          const { arguments: asked = {}, ...params } = request.params as { arguments?: object };
          return next({ ...request, params: { ...params, name: "inner", arguments: { ...asked, by: "bus" } } }, given);
        }),
      );
    const params = { name: "outer", arguments: { city: "Oslo" } };
    const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", params, accepting);
    expect(textOf(response)).toBe("Oslo by bus: 1, 2");
  });

  inMemory("MRTR-3: does not ask for a user whom only middleware knows", MODERN, async (joint) => {
    const server = asking(joint, (context) => context.require("a", form)).use(
      aroundCalls(
        (next) => (request, given) => next(request, deriveCall(given, { binding: { principal: { id: "ann" } } })),
      ),
    );
    const raw = await joint.raw(server, EVERYTHING);
    expect(await raw.refused("tools/call", call)).toMatchObject({ code: -32603 });
    expect(joint.reports).toEqual([expect.objectContaining({ name: "DefinitionError" })]);
  });
});

describe("middleware that tries again", () => {
  inMemory("runs the steps that were undone, and no others", BOTH_ERAS, async (joint) => {
    const ran: string[] = [];
    let fails = true;
    const server = joint
      .server()
      .prompt("ask", {}, async (_, context) => {
        await context.once("look", () => void ran.push("look"));
        if (!fails) return "well";
        fails = false;
        throw new Error("busy");
      })
      .prompt("hold", {}, async (_, context) => {
        const { v } = await context.require("a", form);
        await context.once("hold", () => void ran.push("hold"));
        context.defer(() => ran.push("release"));
        if (!fails) return `well ${v}`;
        fails = false;
        throw new Error("busy");
      })
      .use((next) => async (request, given) => {
        const response = await next(request, given);
        return response.error === undefined ? response : next(request, given);
      });
    const raw = await joint.raw(server, EVERYTHING);
    const looked = await drive(raw, "prompts/get", { name: "ask" }, accepting);
    expect(looked.response.result).toMatchObject({ messages: [{ content: { text: "well" } }] });
    expect(ran.splice(0)).toEqual(["look"]);
    fails = true;
    const held = await drive(raw, "prompts/get", { name: "hold" }, accepting);
    expect(held.response.result).toMatchObject({ messages: [{ content: { text: "well 1" } }] });
    expect(ran.slice(0, 3)).toEqual(["hold", "release", "hold"]);
  });
});

describe("undo steps", () => {
  inMemory("run when middleware makes an error of the call", BOTH_ERAS, async (joint) => {
    let undone = 0;
    const server = asking(joint, async (context) => {
      context.defer(() => undone++);
      return (await context.require("a", form)).v;
    }).use(
      aroundCalls((next) => async (request, given) => {
        const response = await next(request, given);
        const { resultType } = (response.result as { value?: { resultType?: string } }).value ?? {};
        return resultType === "input_required" ? response : failure(request.id, new InternalError("no"));
      }),
    );
    const { response } = await drive(await joint.raw(server, EVERYTHING), "tools/call", call, accepting);
    expect(response.error).toMatchObject({ code: -32603 });
    expect(undone).toBe(1);
  });
});

describe("PROG-2: progress", () => {
  inMemory("never goes back between middleware and handler", BOTH_ERAS, async (joint) => {
    const server = asking(joint, (context) => context.progress(5)).use(
      aroundCalls((next) => async (request, given) => {
        const context = contextOf(given);
        await context.progress(1);
        const response = await next(request, given);
        await context.progress(3);
        await context.progress(6);
        return response;
      }),
    );
    const raw = await joint.raw(server, EVERYTHING);
    await raw.request("tools/call", { ...call, _meta: { progressToken: 1 } });
    const told = await raw.notifications("notifications/progress", 3);
    expect(told.map(({ params }) => params?.["progress"])).toEqual([1, 5, 6]);
  });

  inMemory("that was dropped while a round ended is told later", MODERN, async (joint) => {
    const server = asking(joint, async (context) => {
      try {
        await context.require("a", form);
      } catch (error) {
        await context.progress(9);
        throw error;
      }
      await context.progress(3);
    });
    const raw = await joint.raw(server, EVERYTHING);
    const params = { ...call, _meta: { progressToken: 1 } };
    const first = asks(await raw.request("tools/call", params));
    await raw.request("tools/call", { ...params, ...retry(first, accepting) });
    const told = await raw.notifications("notifications/progress", 1);
    expect(told.map(({ params }) => params?.["progress"])).toEqual([3]);
  });
});
