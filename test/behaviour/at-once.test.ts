/** What a handler gives at once is answered at once, and comes to the same as what it promises. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidParamsError, ToolError } from "../../src/errors.ts";
import { type Context, inputRequired, result, Server } from "../../src/server/index.ts";
import { dual } from "../../src/server/serving/index.ts";
import { request, TestCall } from "../jsonrpc/doubles.ts";
import { BOTH_ERAS, everywhere, inMemory } from "./bindings.ts";
import type { Joint } from "./joint.ts";
import { accepting, drive, EVERYTHING } from "./rounds.ts";

type Handler = (context: Context, ran: string[]) => unknown;

const FORM = { type: "object" as const, properties: { v: { type: "number" as const } } };
const question = {
  method: "elicitation/create" as const,
  params: { message: "four", requestedSchema: FORM },
};
const undoing =
  (then: Handler): Handler =>
  (context, ran) => {
    context.defer(() => void ran.push("undone"));
    return then(context, ran);
  };

const HANDLERS: Readonly<Record<string, Handler>> = {
  "a text": () => "x",
  "a whole result": () => result({ content: [{ type: "text", text: "x" }] }),
  "a result that is an error": () => result({ content: [{ type: "text", text: "x" }], isError: true }),
  "an error for the model": () => {
    throw new ToolError("No city of that name");
  },
  "an error of the protocol": () => {
    throw new InvalidParamsError("No such thing");
  },
  "any other error": () => {
    throw new Error("secret");
  },
  nothing: () => undefined,
  "what is no JSON": () => result({ content: [], structuredContent: { big: 1n } }),
  "a question by hand": (context) =>
    context.inputResponses === undefined ? inputRequired({ inputRequests: { one: question } }) : "answered",
  "a question that nobody waits for": (context) => {
    void context.elicit("four", FORM);
    return "x";
  },
  "something to undo, and a text": undoing(() => "x"),
  "something to undo, and a result that is an error": undoing(() =>
    result({ content: [{ type: "text", text: "x" }], isError: true }),
  ),
  "something to undo, and an error": undoing(() => {
    throw new ToolError("No");
  }),
  progress: (context) => {
    void context.progress(1, 2);
    void context.progress(2, 2);
    return "x";
  },
};

/** Has each handler called as it is and behind a promise, and compares what comes of it. */
async function compare(joint: Joint, server: Server): Promise<void> {
  const ran: string[] = [];
  for (const [name, handler] of Object.entries(HANDLERS)) {
    const called = ({ later }: { later: boolean }, context: Context): unknown =>
      later ? Promise.resolve().then(() => handler(context, ran)) : handler(context, ran);
    server.tool(name, { input: z.object({ later: z.boolean() }) }, called as never);
  }
  const raw = await joint.raw(server, EVERYTHING);
  let token = 0;
  const outcome = async (name: string, later: boolean) => {
    const params = { name, arguments: { later }, _meta: { progressToken: ++token } };
    const { response, rounds } = await drive(raw, "tools/call", params, accepting);
    const told = raw.received.flatMap((message) =>
      "method" in message && message.params?.["progressToken"] === token ? [message.params["progress"]] : [],
    );
    const { result, error } = response;
    return {
      result,
      error,
      rounds: rounds.length,
      told,
      ran: ran.splice(0),
      reports: joint.reports.splice(0).map(String),
    };
  };
  for (const name of Object.keys(HANDLERS)) {
    const [now, later] = [await outcome(name, false), await outcome(name, true)];
    expect([name, now]).toEqual([name, later]);
  }
}

describe("what a handler gives at once comes to the same as what it promises", () => {
  everywhere("alone", { revisions: BOTH_ERAS, remembers: true }, (joint) => compare(joint, joint.server()));

  inMemory("within a time-out", BOTH_ERAS, (joint) => compare(joint, joint.server({ timeout: 60_000 })));

  inMemory("behind middleware", BOTH_ERAS, (joint) =>
    compare(
      joint,
      joint.server().use((next) => (asked, call) => next(asked, call)),
    ),
  );
});

describe("a handler that gives at once", () => {
  const META = "io.modelcontextprotocol/";
  const call = (name: string) => {
    const _meta = {
      [`${META}protocolVersion`]: "2026-07-28",
      [`${META}clientInfo`]: { name: "raw", version: "0" },
      [`${META}clientCapabilities`]: {},
    };
    return request(1, "tools/call", { name, arguments: {}, _meta });
  };
  const server = new Server({ name: "n", version: "1" }, { onError: () => {} })
    .tool("now", {}, () => "x")
    .tool("later", {}, async () => "x");

  it("is answered without a promise", () => {
    const answered = dual(server, () => {}).ask(call("now"), new TestCall());
    expect(JSON.parse(JSON.stringify(answered))).toMatchObject({ id: 1, result: { content: [{ text: "x" }] } });
  });

  it("and no other", async () => {
    const answered = dual(server, () => {}).ask(call("later"), new TestCall());
    expect(answered).toBeInstanceOf(Promise);
    expect(JSON.parse(JSON.stringify(await answered))).toMatchObject({ id: 1, result: { content: [{ text: "x" }] } });
  });
});
