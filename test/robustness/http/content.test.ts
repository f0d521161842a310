/** 5.2: types and encodings of bodies, and what a client takes as a reply. */
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { call, inSession, withHeaders } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

describe.each(EVERY_HOST)("%s", (host) => {
  it.each([
    ["none", undefined],
    ["an empty one", ""],
    ["text/plain", "text/plain"],
    ["of a form", "application/x-www-form-urlencoded"],
    ["of a form with files", "multipart/form-data; boundary=x"],
    ["JSON in another encoding", "application/json; charset=latin1"],
    ["JSON in UTF-16", "application/json; charset=utf-16"],
    ["JSON in something that begins like UTF-8", "application/json; charset=utf-8x"],
    ["jsonp", "application/jsonp"],
    ["JSON of a vendor", "application/vnd.api+json"],
    ["JSON as text", "text/json"],
    ["JSON with a boundary", "application/json; boundary=x"],
    ["two in one", "application/json, text/plain"],
    ["a simple one that has JSON in it", "text/plain; application/json"],
    ["two headers", ["application/json", "text/plain"]],
    ["two headers, the good one last", ["text/plain", "application/json"]],
  ])("SEC-28 Content-Type: %s is refused before anything is parsed", async (_title, type) => {
    const target = await under.server.target(host);
    const reply = await target.send(withHeaders({ ...call(1, "marker"), body: "{" }, { "Content-Type": type }));
    expect(reply.status).toBe(415);
    // Fastify refuses by itself what it cannot make sense of.
    if (host !== "fastify") expect(reply.message.error?.code).toBe(-32600);
    expect((await target.send(withHeaders(call(1, "marker"), { "Content-Type": type }))).status).toBe(415);
  });

  it.each([
    "application/json",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    'application/json ; charset="UTF-8"',
    "application/json; charset=utf8",
  ])("SEC-28 Content-Type: %s is taken", async (type) => {
    const target = await under.server.target(host);
    expect((await target.send(withHeaders(call(1, "echo"), { "Content-Type": type }))).status).toBe(200);
  });

  it.each([
    ["gzip", gzipSync(Buffer.alloc(50 * 1024 * 1024))],
    ["br", brotliCompressSync(Buffer.alloc(10 * 1024 * 1024), { params: { 1: 1 } })],
    ["deflate", Buffer.from("{}")],
    ["gzip, identity", Buffer.from("{}")],
    ["identity, gzip", Buffer.from("{}")],
    ["x-unknown", Buffer.from("{}")],
    ["", Buffer.from("{}")],
  ])("SEC-38 Content-Encoding: %s is refused and not unpacked", async (encoding, body) => {
    const target = await under.server.target(host);
    const { rss } = await under.server.report();
    const reply = await target.send(withHeaders({ ...call(1, "marker"), body }, { "Content-Encoding": encoding }));
    expect(reply.outcome).toEqual([415, -32600]);
    expect((await under.server.report()).rss - rss).toBeLessThan(20 * 1024 * 1024);
  });

  it.each([
    ["none", undefined, [200, "application/json"]],
    ["anything", "*/*", [200, "application/json"]],
    ["both", "application/json, text/event-stream", [200, "application/json"]],
    ["both the other way round", "text/event-stream;q=1, application/json;q=0.1", [200, "application/json"]],
    ["JSON alone", "application/json", [200, "application/json"]],
    ["anything of application", "application/*", [200, "application/json"]],
    ["events alone", "text/event-stream", [200, "text/event-stream"]],
    ["anything but JSON", "*/*, application/json;q=0", [200, "text/event-stream"]],
    ["HTML", "text/html", [406, "application/json"]],
    ["no JSON", "application/json;q=0", [406, "application/json"]],
    ["nothing", "*/*;q=0.000", [406, "application/json"]],
    ["an empty one", "", [406, "application/json"]],
    ["commas", ",,,;;;,q=0", [406, "application/json"]],
    ["8 KiB of ranges", `${"a/b,".repeat(2000)}*/*`, [200, "application/json"]],
    ["more than 8 KiB of ranges", `${"a/b,".repeat(3000)}*/*`, [406, "application/json"]],
  ])("SEC-29 Accept: %s", async (_title, accept, [status, type]) => {
    const target = await under.server.target(host);
    const reply = await target.send(withHeaders(call(1, "echo"), { Accept: accept }));
    expect([reply.status, reply.header("content-type")]).toEqual([status, type]);
    const params = { name: "echo", arguments: {} };
    const session = inSession(await target.session(), { jsonrpc: "2.0", id: 1, method: "tools/call", params });
    expect((await target.send(withHeaders(session, { Accept: accept }))).status).toBe(status);
  });
});
