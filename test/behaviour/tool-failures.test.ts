import { describe, expect } from "vitest";
import { z } from "zod";
import { InvalidParamsError, ProtocolError } from "../../src/errors.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import { result, text } from "../../src/server/index.ts";
import { BOTH_ERAS, everywhere, inMemory } from "./bindings.ts";

/** What handlers throw that nobody meant for the peer. */
const SECRETS: readonly [string, () => unknown][] = [
  ["null", () => null],
  ["undefined", () => undefined],
  ["a string", () => "secret"],
  ["a number", () => 5],
  ["a symbol", () => Symbol("secret")],
  ["an error", () => new Error("secret")],
  ["an error with a code", () => Object.assign(new Error("secret"), { code: -32602 })],
  ["an error with a numeric code and data", () => Object.assign(new Error("secret"), { code: -32000, data: "secret" })],
  ["a system error", () => Object.assign(new Error("secret"), { code: "ENOENT", path: "/secret" })],
  ["something that looks like a JSON-RPC error", () => ({ code: -32001, message: "secret", data: "secret" })],
  ["something with a toJSON", () => ({ toJSON: () => ({ code: 1, message: "secret" }) })],
  [
    "an object whose message cannot be read",
    () =>
      Object.defineProperty({}, "message", {
        get: () => {
          throw new Error("secret");
        },
      }),
  ],
  ["a function", () => () => "secret"],
  ["a rejected promise's reason", () => Promise.resolve("secret")],
];

describe("what a handler throws never leaks", () => {
  inMemory("from a tool it is a failed result in general words", REVISIONS, async (joint) => {
    const server = joint.server();
    for (const [at, [, make]] of SECRETS.entries()) {
      server.tool(`now${at}`, {}, () => {
        throw make();
      });
      server.tool(`later${at}`, {}, async () => {
        await Promise.resolve();
        throw make();
      });
    }
    const client = await joint.connect(server);
    for (const [at, [what]] of SECRETS.entries()) {
      for (const name of [`now${at}`, `later${at}`]) {
        joint.reports.length = 0;
        const failed = await client.callTool(name);
        expect([what, failed.isError]).toEqual([what, true]);
        expect(JSON.stringify(failed)).not.toContain("secret");
        expect([what, joint.reports.length]).toEqual([what, 1]);
      }
    }
  });

  inMemory("from anywhere else it is -32603 in general words", REVISIONS, async (joint) => {
    const server = joint.server();
    for (const [at, [, make]] of SECRETS.entries()) {
      const fail = (): never => {
        throw make();
      };
      server.prompt(`p${at}`, { input: z.object({ a: z.string().optional() }), complete: { a: fail } }, fail);
      server.resource(`r${at}:a`, fail);
      server.resource(`t${at}://{id}`, fail);
    }
    const client = await joint.connect(server);
    for (const [at, [what]] of SECRETS.entries()) {
      for (const attempt of [
        client.getPrompt(`p${at}`),
        client.readResource(`r${at}:a`),
        client.readResource(`t${at}://x`),
        client.complete({ ref: { type: "ref/prompt", name: `p${at}` }, argument: { name: "a", value: "" } }),
      ]) {
        const failure = await attempt.catch((error: unknown) => error);
        expect([what, failure]).toEqual([what, expect.objectContaining({ code: -32603, message: "Internal error" })]);
      }
    }
    expect(joint.reports).toHaveLength(4 * SECRETS.length);
  });

  inMemory("JRPC-8: only a ProtocolError chooses its code", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .tool("own", {}, () => {
        throw new ProtocolError(1234, "Mine", { detail: [1] });
      })
      .prompt("params", {}, () => {
        throw new InvalidParamsError("No such thing", { given: "x" });
      });
    const client = await joint.connect(server);
    await expect(client.callTool("own")).rejects.toMatchObject({ code: 1234, message: "Mine", data: { detail: [1] } });
    await expect(client.getPrompt("params")).rejects.toMatchObject({ code: -32602, data: { given: "x" } });
    expect(joint.reports).toEqual([]);
  });

  inMemory("the author hears of it with the request", REVISIONS, async (joint) => {
    const heard: unknown[][] = [];
    const fault = new Error("secret");
    const onError = (...said: unknown[]): void => void heard.push(said);
    const server = joint.server({ onError }).tool("a", {}, () => {
      throw fault;
    });
    await (await joint.connect(server)).callTool("a");
    expect(heard).toEqual([[fault, expect.objectContaining({ method: "tools/call" })]]);
  });

  inMemory("an onError that throws changes nothing", REVISIONS, async (joint) => {
    const onError = (): void => {
      throw new Error("worse");
    };
    const server = joint.server({ onError }).tool("a", {}, () => {
      throw new Error("secret");
    });
    expect((await (await joint.connect(server)).callTool("a")).isError).toBe(true);
  });
});

const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;

/** What handlers return that is nothing to return. */
const WRONG: readonly [string, unknown][] = [
  ["null", null],
  ["undefined", undefined],
  ["a number", 5],
  ["true", true],
  ["a bigint", 5n],
  ["an object without a type", { a: 1 }],
  ["a cycle in a block", { type: "text", text: cycle }],
  ["a bigint in a block", { type: "text", text: 5n }],
  [
    "an object with a throwing getter",
    {
      type: "text",
      get text() {
        throw new Error("secret");
      },
    },
  ],
  [
    "an object whose toJSON throws",
    {
      type: "text",
      toJSON() {
        throw new Error("secret");
      },
    },
  ],
  ["a function", () => "x"],
  ["a symbol", Symbol("x")],
];

describe("JRPC-2: what a handler returns that is nothing to return", () => {
  everywhere("becomes an error in general words, and its author is told", { revisions: BOTH_ERAS }, async (joint) => {
    const server = joint.server();
    for (const [at, [, value]] of WRONG.entries()) {
      server.tool(`t${at}`, {}, () => value as never);
      server.prompt(`p${at}`, {}, () => value as never);
    }
    const client = await joint.connect(server);
    for (const [at, [what]] of WRONG.entries()) {
      const tool = await client.callTool(`t${at}`).catch((error: unknown) => error);
      // What throws when it is looked at has failed like a handler that throws.
      const told = (tool as { isError?: unknown }).isError === true ? { isError: true } : { code: -32603 };
      expect([what, tool]).toEqual([what, expect.objectContaining(told)]);
      if (typeof WRONG[at]?.[1] === "object" && what.includes("block")) continue;
      const prompt = await client.getPrompt(`p${at}`).catch((error: unknown) => error);
      expect([what, prompt]).toEqual([what, expect.objectContaining({ code: -32603 })]);
    }
    expect(joint.reports.length).toBeGreaterThanOrEqual(WRONG.length);
    expect(JSON.stringify(joint.tap.from("server"))).not.toContain("secret");
  });

  inMemory("blocks that are none do not reach the wire", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .tool("nulls", {}, () => [null] as never)
      .tool("texts", {}, () => ["a", "b"] as never)
      .tool("numbers", {}, () => [{ type: 5 }] as never)
      .tool("empty", {}, () => [{ type: "text" }] as never)
      .tool("result", {}, () => result({ content: [text(5 as never)] }));
    const client = await joint.connect(server);
    for (const name of ["nulls", "texts", "numbers", "empty", "result"]) {
      const outcome = await client.callTool(name).catch((error: unknown) => error);
      expect([name, outcome]).toEqual([name, expect.objectContaining({ code: -32603 })]);
    }
  });

  inMemory("a block in a result of its own passes", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => result({ content: [text("x")], isError: true, _meta: { "e.com/a": 1 } }));
    const outcome = await (await joint.connect(server)).callTool("a");
    expect(outcome).toMatchObject({ content: [{ type: "text", text: "x" }], isError: true, _meta: { "e.com/a": 1 } });
  });
});
