/**
 * 5.1: members that stand twice. They are refused in the envelope and among the direct members of `params`, on which
 * gateways act; deeper down, in arguments for one, they are the business of who reads them.
 */
import { expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { call, type HttpParts } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

const good = call(1, "echo", { text: "a" });
const text = good.body as string;

/** The good request with something put before one of its members. */
function before(member: string, inserted: string): HttpParts {
  if (!text.includes(member)) throw new Error(`There is no ${member}`);
  return { ...good, body: text.replace(member, inserted + member) };
}

const TWICE: readonly [title: string, parts: HttpParts, id: number | undefined][] = [
  ["method", before('"method":', '"method":"tools/list",'), 1],
  ["method, once with an escape", before('"method":', '"meth\\u006fd":"tools/list",'), 1],
  ["jsonrpc", before('"jsonrpc":', '"jsonrpc":"2.0",'), 1],
  ["id", before('"id":', '"id":2,'), undefined],
  ["id, once with an escape", before('"id":', '"\\u0069d":2,'), undefined],
  ["params", before('"params":', '"params":{},'), 1],
  ["params.name", before('"name":', '"name":"wait",'), 1],
  ["params.name, once with an escape", before('"name":', '"n\\u0061me":"wait",'), 1],
  ["params.arguments", before('"arguments":', '"arguments":{},'), 1],
  ["params._meta", before('"_meta":', '"_meta":{},'), 1],
];

it.each(TWICE)("SEC-7 %s", async (_title, parts, id) => {
  for (const host of EVERY_HOST) {
    const reply = await (await under.server.target(host)).send(parts);
    expect(reply.outcome).toEqual([400, -32600]);
    expect(reply.message.error?.message).toContain("more than once");
    expect(reply.message.id).toBe(id);
  }
});

it("SEC-7 in an older revision as well", async () => {
  const target = await under.server.target();
  const session = await target.session();
  for (const body of [
    '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"wait"}}',
  ]) {
    const headers = { "Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25" };
    expect((await target.send({ headers, body })).outcome).toEqual([400, -32600]);
  }
});

it("SEC-7 members within arguments, and equal names at different places, are no matter", async () => {
  const target = await under.server.target();
  const inner = await target.send(before('"text":', '"text":"b",'));
  expect(inner.message.result?.content[0].text).toBe("a");
  const apart = call(1, "see", { name: "x", method: "y", params: { name: 1, arguments: 2 }, arguments: [{ id: 1 }] });
  expect((await target.send(apart)).status).toBe(200);
});
