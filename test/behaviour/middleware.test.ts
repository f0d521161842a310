import { describe, expect } from "vitest";
import { InvalidParamsError, LocalError, ResourceNotFoundError } from "../../src/errors.ts";
import { type Exchange, type Middleware, Serialized, valueKey } from "../../src/jsonrpc/index.ts";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import type { Server } from "../../src/server/index.ts";
import { everywhere, inMemory } from "./bindings.ts";
import { all } from "./collect.ts";

describe("middleware of a server", () => {
  everywhere("wraps every request that a feature answers, the first one outermost", {}, async (joint) => {
    const order: string[] = [];
    const named =
      (name: string): Middleware =>
      (next) =>
      async (request, call) => {
        order.push(`${name} in ${request.method}`);
        const response = await next(request, call);
        order.push(`${name} out`);
        return response;
      };
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .use(named("one"), named("two"))
      .use(named("three"));
    const client = await joint.connect(server);
    order.length = 0;
    expect(await client.call("a")).toBe("x");
    expect(order).toEqual([
      "one in tools/call",
      "two in tools/call",
      "three in tools/call",
      "three out",
      "two out",
      "one out",
    ]);
  });

  inMemory("is made once, not for each request", REVISIONS, async (joint) => {
    let made = 0;
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .use((next) => {
        made++;
        return next;
      });
    const client = await joint.connect(server);
    await client.call("a");
    await client.call("a");
    expect(made).toBe(1);
  });

  everywhere("sees results that are serialised already", {}, async (joint) => {
    const seen: unknown[] = [];
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .use((next) => async (request, call) => {
        const response = await next(request, call);
        if (request.method === "tools/list" && response.error === undefined) {
          expect(response.result).toBeInstanceOf(Serialized);
          const value = (response.result as Serialized<{ tools: object[] }>).value;
          seen.push(value);
          value.tools.push({ name: "injected", inputSchema: { type: "object" } });
        }
        return response;
      });
    const client = await joint.connect(server);
    for (let at = 0; at < 2; at++) expect((await all(client.tools())).map(({ name }) => name)).toEqual(["a"]);
    expect(seen).toHaveLength(2);
  });

  everywhere("can change the request", {}, async (joint) => {
    const server = joint
      .server()
      .tool("real", { input: { type: "object" } }, (input) => JSON.stringify(input))
      .use((next) => (request, call) => {
        const params = request.params as { name?: string };
        if (params?.name !== "alias") return next(request, call);
        return next({ ...request, params: { ...request.params, name: "real", arguments: { by: "middleware" } } }, call);
      });
    expect(await (await joint.connect<Server>(server)).call("alias")).toBe('{"by":"middleware"}');
  });

  everywhere("can answer by itself, as the newest revision would, and the older ones get theirs", {}, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .use(
        (next) => async (request, call) =>
          request.method === "tools/call"
            ? {
                jsonrpc: "2.0",
                id: request.id,
                result: { resultType: "complete", content: [{ type: "text", text: "mine" }] },
              }
            : next(request, call),
      );
    expect(await (await joint.connect(server)).call("a")).toBe("mine");
  });

  inMemory("can change a response", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .use((next) => async (request, call) => {
        const response = await next(request, call);
        if (request.method !== "tools/call" || response.error !== undefined) return response;
        const value = response.result instanceof Serialized ? response.result.value : response.result;
        return { jsonrpc: "2.0", id: request.id, result: { ...(value as object), _meta: { "example.com/by": "me" } } };
      });
    expect((await (await joint.connect(server)).callTool("a"))._meta).toMatchObject({ "example.com/by": "me" });
  });

  inMemory("leaves values for the handler, one request's for that request alone", REVISIONS, async (joint) => {
    const user = valueKey<string>("user");
    let count = 0;
    const server = joint
      .server()
      .tool("who", {}, (_, { values }) => `${values.get(user)}`)
      .use((next) => (request, call) => {
        if (++count % 2 === 1) call.values.set(user, `user ${count}`);
        return next(request, call);
      });
    const client = await joint.connect(server);
    count = 0;
    expect([await client.call("who"), await client.call("who"), await client.call("who")]).toEqual([
      "user 1",
      "undefined",
      "user 3",
    ]);
  });

  inMemory(
    "that throws is answered once, by the code of what it throws, at once or later",
    REVISIONS,
    async (joint) => {
      const thrown: unknown[] = [
        new InvalidParamsError("not you"),
        new Error("secret"),
        null,
        new ResourceNotFoundError("gone", { uri: "a:b" }),
      ];
      const codes = [-32602, -32603, -32603, isModern(joint.revision) ? -32602 : -32002];
      for (const wrap of [
        (error: unknown): Middleware =>
          () =>
          () => {
            throw error;
          },
        (error: unknown): Middleware =>
          () =>
          async () => {
            throw error;
          },
      ]) {
        for (const [at, error] of thrown.entries()) {
          const fail = wrap(error)(undefined as never);
          const only: Middleware = (next) => (request, call) =>
            (request.method === "tools/call" ? fail : next)(request, call);
          const raw = await joint.raw(
            joint
              .server()
              .tool("a", {}, () => "x")
              .use(only),
          );
          const told = await raw.refused("tools/call", { name: "a" });
          expect(told.code).toBe(codes[at]);
          expect(JSON.stringify(told)).not.toContain("secret");
        }
      }
    },
  );

  inMemory("that gives nonsense is answered with -32603", REVISIONS, async (joint) => {
    for (const nonsense of [
      undefined,
      null,
      5,
      {},
      { result: undefined },
      { result: null },
      { jsonrpc: "2.0", id: 1, result: 5n },
    ]) {
      const only: Middleware = (next) => (request, call) =>
        request.method === "tools/call" ? Promise.resolve(nonsense as never) : next(request, call);
      const raw = await joint.raw(
        joint
          .server()
          .tool("a", {}, () => "x")
          .use(only),
      );
      expect([nonsense, (await raw.refused("tools/call", { name: "a" })).code]).toEqual([nonsense, -32603]);
    }
  });

  inMemory("a response under another id still answers its request", REVISIONS, async (joint) => {
    const only: Middleware = (next) => async (request, call) => ({
      ...(await next({ ...request, id: "other" }, call)),
      id: "another",
    });
    const client = await joint.connect(
      joint
        .server()
        .tool("a", {}, () => "x")
        .use(only),
    );
    expect(await client.call("a")).toBe("x");
  });
});

describe("middleware of a client", () => {
  everywhere("wraps every request, the first one outermost", {}, async (joint) => {
    const order: string[] = [];
    const named =
      (name: string): Middleware =>
      (next) =>
      (request, call) => {
        order.push(`${name} ${request.method}`);
        return next(request, call);
      };
    const client = await joint.connect(
      joint.server().tool("a", {}, () => "x"),
      { middleware: [named("one"), named("two")] },
    );
    await client.call("a");
    const opening = isModern(joint.revision) ? "server/discover" : "initialize";
    expect(order).toEqual([`one ${opening}`, `two ${opening}`, "one tools/call", "two tools/call"]);
  });

  inMemory("can answer by itself and can fail", REVISIONS, async (joint) => {
    const middleware: Middleware =
      (next): Exchange =>
      (request, call) => {
        const name = (request.params as { name?: string } | undefined)?.name;
        if (name === "cached") return Promise.resolve({ jsonrpc: "2.0", id: request.id, result: { content: [] } });
        if (name === "broken") throw new LocalError("closed", "no");
        return next(request, call);
      };
    const client = await joint.connect(
      joint.server().tool("a", {}, () => "x"),
      { middleware: [middleware] },
    );
    expect(await client.callTool("cached")).toEqual({ content: [] });
    await expect(client.callTool("broken")).rejects.toMatchObject({ code: "closed" });
    expect(await client.call("a")).toBe("x");
  });
});
