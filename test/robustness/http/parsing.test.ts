/** 5.1: what is no JSON, and JSON that is no message. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { bytesOf, call, type HttpParts, inSession, modern } from "../harness/messages.ts";
import type { Connection } from "../harness/raw.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

/** A body in each era: with the headers of the newest revision, and with none. */
const ERAS: readonly [era: string, parts: (body: string | Uint8Array) => HttpParts][] = [
  ["modern", (body) => modern(1, "tools/call", { name: "echo" }, body)],
  ["legacy", (body) => ({ body })],
];

/** The same text with one member more, or another one. */
function envelope(members: string): string {
  return `{${members},"method":"tools/call","params":{"name":"wait","_meta":{}}}`;
}

async function answered(connection: Connection, parts: HttpParts): Promise<Reply> {
  connection.write(bytesOf(parts));
  const reply = await connection.reply();
  if (reply === undefined) throw new Error("The connection closed without a reply");
  return reply;
}

/** Nothing but the error, and the connection goes on. */
async function refusesAndGoesOn(connection: Connection, parts: HttpParts, code: number): Promise<Reply> {
  const reply = await answered(connection, parts);
  expect(reply.outcome).toEqual([400, code]);
  const next = await answered(connection, call(2, "echo", { text: "next" }));
  expect(next.message.result?.content[0].text).toBe("next");
  return reply;
}

describe.each(ERAS)("%s", (_era, parts) => {
  it.each(EVERY_HOST)("SEC-1 no JSON is refused without an id, and the connection goes on: %s", async (host) => {
    const connection = await (await under.server.target(host)).connect();
    const broken = [
      '{"jsonrpc":"2.0",',
      "",
      "{}}",
      '{"jsonrpc":"2.0","id":1',
      "\u0000",
      "nul",
      "[1,]",
      "'a'",
      "+1",
      "01",
    ];
    for (const body of broken) {
      const reply = await refusesAndGoesOn(connection, parts(body), -32700);
      expect(reply.text, body).not.toContain('"id"');
    }
    connection.destroy();
  });

  it("SEC-1 4 MiB of spaces are no JSON either", async () => {
    const connection = await (await under.server.target()).connect();
    const reply = await refusesAndGoesOn(connection, parts(Buffer.alloc(4 * 1024 * 1024, " ")), -32700);
    expect(reply.text).not.toContain('"id"');
    connection.destroy();
  });

  it.each([
    ["missing", '"id":7', 7],
    ["of another version", '"jsonrpc":"1.0","id":"seven"', "seven"],
    ["a number", '"jsonrpc":2.0,"id":7', 7],
    ["null, and an id that is none", '"jsonrpc":null,"id":{}', undefined],
  ])("SEC-3 jsonrpc is %s", async (_title, members, id) => {
    const reply = await (await under.server.target()).send(parts(envelope(members)));
    expect(reply.outcome).toEqual([400, -32600]);
    expect(reply.message.id).toBe(id);
  });

  it.each([
    ["Method", '{"jsonrpc":"2.0","id":1,"Method":"tools/list"}'],
    ["METHOD", '{"jsonrpc":"2.0","id":1,"METHOD":"tools/list"}'],
    ["a dotless method", '{"jsonrpc":"2.0","id":1,"me\u0442hod":"tools/list"}'],
    ["no method at all", '{"jsonrpc":"2.0","id":1}'],
  ])("SEC-8 a method under a name that only looks like it: %s", async (_title, body) => {
    const reply = await (await under.server.target()).send(parts(body));
    expect(reply.outcome).toEqual([400, -32600]);
  });

  it("SEC-12 a request with the id null is none, and nothing runs", async () => {
    const target = await under.server.target();
    const reply = await target.send(parts(envelope('"jsonrpc":"2.0","id":null')));
    expect(reply.outcome).toEqual([400, -32600]);
    expect((await under.server.report()).runs["wait"]).toBeUndefined();
  });

  it.each([
    ["method and result", '"method":"tools/list","result":{}'],
    ["result and error", '"result":{},"error":{"code":1,"message":"m"}'],
    ["an error without a code", '"error":{"message":"m"}'],
    ["an error with a code of text", '"error":{"code":"x","message":"m"}'],
    ["an error with a code that is no integer", '"error":{"code":1e99,"message":"m"}'],
  ])("SEC-18 what is request and response, or neither: %s", async (_title, members) => {
    const target = await under.server.target();
    const given = parts(`{"jsonrpc":"2.0","id":1,${members}}`);
    const session = inSession(await target.session(), given.body as string);
    for (const one of [given, session]) expect((await target.send(one)).outcome).toEqual([400, -32600]);
  });
});

it.each(["ſ", "\u017f"])("SEC-8 params under a name that only looks like it is not there", async (letter) => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", [`param${letter}`]: {} });
  const reply = await (await under.server.target()).send(modern(1, "tools/call", { name: "echo" }, body));
  expect(reply.outcome).toEqual([400, -32602]);
});

it.each([257, 100_000])("SEC-5 an id of %d characters is none, and is not sent back", async (length) => {
  const target = await under.server.target();
  const reply = await target.send(call("i".repeat(length), "wait"));
  expect(reply.outcome).toEqual([400, -32600]);
  expect(reply.text).not.toContain('"id"');
  expect((await target.send(call("i".repeat(256), "echo"))).status).toBe(200);
});

describe("SEC-6 the id", () => {
  const withId = (id: string): HttpParts => {
    const parts = call(4711, "echo");
    return { ...parts, body: (parts.body as string).replace("4711", id) };
  };

  it.each(["9007199254740993", "-9007199254740993", "1e400", "1.5", "1e-5", "true", "[1]", "{}"])(
    "%s is none, and nothing is written in its place",
    async (id) => {
      const reply = await (await under.server.target()).send(withId(id));
      expect(reply.outcome).toEqual([400, -32600]);
      expect(reply.text).not.toContain('"id"');
    },
  );

  it.each([
    ["0", "0"],
    ["-0", "0"],
    ['""', '""'],
    ["-1", "-1"],
    ["1E2", "100"],
    ["9007199254740991", "9007199254740991"],
    ['"1"', '"1"'],
  ])("%s is one, and comes back as %s", async (id, echo) => {
    const reply = await (await under.server.target()).send(withId(id));
    expect(reply.status).toBe(200);
    expect(reply.text).toContain(`"id":${echo},"result":`);
  });
});

it("SEC-10 a member that has a NUL in its name is another one", async () => {
  const parts = call(1, "echo", { text: "true one" });
  const body = (parts.body as string).replace('"method":', '"method\\u0000":"tools/list","method":');
  const reply = await (await under.server.target()).send({ ...parts, body });
  expect(reply.message.result?.content[0].text).toBe("true one");
});

const fixtures = process.env["MCPLEX_FIXTURES"];

describe.skipIf(fixtures === undefined)("SEC-1 the parsing fixtures", () => {
  const folder = resolve(fixtures ?? "", "json-parsing");
  const names = fixtures === undefined ? [] : readdirSync(folder).filter((name) => name.startsWith("n_"));

  it.each(ERAS)("all that is no JSON, down one connection: %s", async (_era, parts) => {
    const connection = await (await under.server.target()).connect();
    for (const name of names) {
      const reply = await answered(connection, parts(readFileSync(join(folder, name))));
      expect(reply.outcome, name).toEqual([400, -32700]);
    }
    expect((await answered(connection, call(1, "echo"))).status).toBe(200);
    connection.destroy();
  });
});
